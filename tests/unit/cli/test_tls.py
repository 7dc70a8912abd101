"""https to a controller: certificates on both sides, and each way that it fails in one line."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
import trustme

from daemonctl.model.spec import TlsSpec
from tests.unit.cli.conftest import Cli, Serving
from tests.unit.cli.test_leader import stand_by
from tests.unit.http.papers import Papers


@pytest.fixture
def papers(tmp_path: Path) -> Papers:
    return Papers(tmp_path)


def fails(cli: Cli, *words: str, **env: str) -> str:
    """What a command says that ends with 1, in one line."""
    result = cli(*words, **env)
    assert result.exit_code == 1, result.output
    assert result.stdout == ""
    assert result.stderr.count("\n") == 1
    assert "Traceback" not in result.stderr
    told: str = result.stderr
    return told


def test_by_token_and_by_certificate(
    cli: Cli, serving: Serving, example: SimpleNamespace, papers: Papers, token: str
) -> None:
    ca = ("--ca-file", papers.path("ca.pem"))
    with serving(example, token, papers.spec(clients=True)) as url:
        assert cli("status", "--server", url, *ca, "--token-file", token).exit_code == 0
        froze = cli("freeze", "--server", url, *ca, "--cert", papers.issue("ann"))
        assert froze.exit_code == 0, froze.output
        by_env = cli(
            "freeze",
            DAEMONCTL_SERVER=url,
            DAEMONCTL_CA_FILE=papers.path("ca.pem"),
            DAEMONCTL_CERT_FILE=papers.path("cert.pem"),  # good for clients, too
            DAEMONCTL_KEY_FILE=papers.path("key.pem"),
        )
        assert by_env.exit_code == 0, by_env.output
        none = fails(cli, "freeze", "--server", url, *ca)
        assert "it wants a token: set DAEMONCTL_TOKEN_FILE" in none
        assert cli("plan", "--server", url, *ca, "--token-file", token).exit_code == 0
    who = [command.by.rpartition(" with ")[2] for command, _ in example.orders.heard]
    assert who == ["certificate ann", "certificate 127.0.0.1"]


def test_where_only_certificates_count(
    cli: Cli, serving: Serving, example: SimpleNamespace, papers: Papers
) -> None:
    ca = ("--ca-file", papers.path("ca.pem"))
    with serving(example, "", papers.spec(clients=True)) as url:
        told = fails(cli, "status", "--server", url, *ca)
        assert "daemonctl and curl take it with --cert and --key" in told
        assert cli("status", "--server", url, *ca, "--cert", papers.issue("ann")).exit_code == 0


Give = Callable[[Papers], tuple[str, ...]]
REFUSED: list[tuple[Give, str, str]] = [
    (lambda _: (), "of a CA that is not known here", "give that CA with --ca-file"),
    (
        lambda p: ("--ca-file", other_ca(p)),
        "nothing in --ca-file",
        "give the CA of the server's http.tls.certFile",
    ),
    (
        lambda p: ("--ca-file", p.path("ca.pem"), "--cert", p.issue("ann", ended=True)),
        "it refuses the client certificate, which has expired",
        "give another with --cert",
    ),
    (
        lambda p: ("--ca-file", p.path("ca.pem"), "--cert", p.issue("ann", ca=trustme.CA())),
        "it refuses the client certificate: no CA of its clientCaFile signed it",
        "give another with --cert",
    ),
]


@pytest.fixture
def url(serving: Serving, example: SimpleNamespace, papers: Papers, token: str) -> Iterator[str]:
    with serving(example, token, papers.spec(clients=True)) as url:
        yield url


@pytest.mark.parametrize(("give", "cause", "step"), REFUSED)
def test_who_is_not_believed(
    cli: Cli, url: str, papers: Papers, *, give: Give, cause: str, step: str
) -> None:
    told = fails(cli, "status", "--server", url, *give(papers))
    assert told.startswith(f"daemonctl: cannot reach {url}: ")
    assert cause in told
    assert step in told


def other_ca(papers: Papers) -> str:
    papers.write("other.pem", trustme.CA().cert_pem.bytes())
    return papers.path("other.pem")


def test_the_systems_cas_count_unless_others_are_named(
    cli: Cli, url: str, papers: Papers, token: str
) -> None:
    system = {"SSL_CERT_FILE": papers.path("ca.pem"), "DAEMONCTL_TOKEN_FILE": token}
    assert cli("status", "--server", url, **system).exit_code == 0
    told = fails(cli, "status", "--server", url, "--ca-file", other_ca(papers), **system)
    assert "nothing in --ca-file" in told


def test_a_server_of_another_name(
    cli: Cli, serving: Serving, example: SimpleNamespace, papers: Papers, token: str
) -> None:
    made = papers.ca.issue_cert("daemonctl.internal")
    papers.write("cert.pem", made.cert_chain_pems[0].bytes())
    papers.write("key.pem", made.private_key_pem.bytes())
    with serving(example, token, papers.spec()) as url:
        told = fails(cli, "status", "--server", url, "--ca-file", papers.path("ca.pem"))
    assert f"cannot reach {url}: its certificate is not valid for '127.0.0.1'" in told
    assert "write --server with a name that is in it" in told


def test_the_wrong_scheme(
    cli: Cli, serving: Serving, example: SimpleNamespace, papers: Papers, token: str
) -> None:
    with serving(example, token) as url:
        told = fails(cli, "status", "--server", url.replace("http:", "https:"))
        assert "it does not speak https; write --server with http://" in told
    with serving(example, token, papers.spec()) as url:
        told = fails(cli, "status", "--server", url.replace("https:", "http:"))
        assert "it closed the connection; if it has http.tls write https://" in told


def test_from_http_to_a_leader_with_https(
    cli: Cli, serving: Serving, ex: SimpleNamespace, papers: Papers, token: str
) -> None:
    standby, leading = ex.Example(), ex.Example()
    files = ("--token-file", token, "--ca-file", papers.path("ca.pem"))
    with serving(leading, token, papers.spec()) as leader, serving(standby, token) as server:
        stand_by(standby, ex, leader)
        assert cli("freeze", "--server", server, *files).exit_code == 0
        assert len(leading.orders.heard) == 1
        told = fails(cli, "freeze", "--server", server, *files[:2])
        assert f"{server} stands by for {leader}: cannot reach {leader}: its certificate" in told


def test_from_https_to_a_leader_with_https(
    cli: Cli, serving: Serving, ex: SimpleNamespace, papers: Papers
) -> None:
    """The token's file is not even needed: the certificate goes along."""
    standby, leading = ex.Example(), ex.Example()
    spec = papers.spec(clients=True)
    with serving(leading, "", spec) as leader, serving(standby, "", spec) as server:
        stand_by(standby, ex, leader)
        files = ("--ca-file", papers.path("ca.pem"), "--cert", papers.issue("ann"))
        froze = cli("freeze", "--server", server, *files)
        assert froze.exit_code == 0, froze.output
    ((command, _),) = leading.orders.heard
    assert command.by.endswith("with certificate ann")


def test_never_from_https_to_a_leader_without(
    cli: Cli, serving: Serving, ex: SimpleNamespace, papers: Papers, token: str
) -> None:
    standby, leading = ex.Example(), ex.Example()
    with serving(leading, token) as leader, serving(standby, token, papers.spec()) as server:
        stand_by(standby, ex, leader)
        files = ("--token-file", token, "--ca-file", papers.path("ca.pem"))
        assert "this replica stands by" in fails(cli, "freeze", "--server", server, *files)
    assert leading.orders.heard == []


class Foreign:
    """A TLS server that shakes hands once, with whatever it was given."""

    def __init__(self, spec: TlsSpec, *, wants: str = "") -> None:
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(spec.cert_file, spec.key_file)
        if wants:
            self._context.verify_mode = ssl.CERT_REQUIRED
            self._context.load_verify_locations(wants)
            self._context.maximum_version = ssl.TLSVersion.TLSv1_2
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve)

    def _serve(self) -> None:
        peer, _ = self._socket.accept()
        with peer, self._context.wrap_socket(peer, True, do_handshake_on_connect=False) as side:
            try:
                side.do_handshake()
                side.recv(65536)
            except OSError:
                return

    def __enter__(self) -> str:
        self._thread.start()
        return f"https://127.0.0.1:{self._socket.getsockname()[1]}"

    def __exit__(self, *_: object) -> None:
        self._thread.join(30)
        self._socket.close()


def test_a_server_whose_certificate_has_expired(cli: Cli, papers: Papers) -> None:
    papers.serve(ended=True)
    with Foreign(papers.spec()) as url:
        told = fails(cli, "status", "--server", url, "--ca-file", papers.path("ca.pem"))
    assert "its certificate has expired; renew the files of its http.tls" in told


def test_somebody_who_lets_nobody_in_without_a_certificate(cli: Cli, papers: Papers) -> None:
    with Foreign(papers.spec(), wants=papers.path("ca.pem")) as url:
        told = fails(cli, "status", "--server", url, "--ca-file", papers.path("ca.pem"))
    assert "it wants a client certificate; give one with --cert and --key" in told


def test_somebody_who_hangs_up(cli: Cli, papers: Papers) -> None:
    with Foreign(papers.spec()) as url:
        told = fails(cli, "status", "--server", url, "--ca-file", papers.path("ca.pem"))
    assert "it closed the connection; look at its log" in told
