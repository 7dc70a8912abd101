"""The files of ``http.tls``: each fault is found before a client meets it."""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from daemonctl.http.tls import TlsFault, TlsFilesError, load
from daemonctl.model.spec import TlsSpec
from tests.unit.http.papers import YESTERDAY, Papers

END = datetime(2100, 1, 1, tzinfo=UTC)

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey

Break = Callable[[Papers], object]


@pytest.fixture
def papers(tmp_path: Path) -> Papers:
    return Papers(tmp_path)


def faults(spec: TlsSpec, now: float | None = None) -> tuple[TlsFault, ...]:
    with pytest.raises(TlsFilesError) as caught:
        load(spec, time.time() if now is None else now)
    assert "\n" not in str(caught.value)
    return caught.value.faults


def test_good_files(papers: Papers) -> None:
    loaded = load(papers.spec(clients=True), time.time())
    assert loaded.context.minimum_version is ssl.TLSVersion.TLSv1_2
    assert loaded.context.verify_mode is ssl.CERT_OPTIONAL
    assert loaded.context.client_cas == (papers.folder / "ca.pem").read_text("utf-8")
    assert loaded.not_after > time.time()
    plain = load(papers.spec(), time.time()).context
    assert (plain.verify_mode, plain.client_cas) == (ssl.CERT_NONE, "")


def other_key(papers: Papers) -> None:
    papers.write("key.pem", papers.ca.issue_cert("other").private_key_pem.bytes())


def locked_key(papers: Papers) -> None:
    key = serialization.load_pem_private_key(Path(papers.path("key.pem")).read_bytes(), None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    papers.write("key.pem", pem(key, serialization.BestAvailableEncryption(b"abcd")))


def weak(papers: Papers) -> None:
    key = rsa.generate_private_key(65537, 1024)  # noqa: S505  # that it is weak is the point
    by_itself(papers, key, ExtendedKeyUsageOID.SERVER_AUTH)


def for_clients_only(papers: Papers) -> None:
    by_itself(papers, ec.generate_private_key(ec.SECP256R1()), ExtendedKeyUsageOID.CLIENT_AUTH)


def odd_curve(papers: Papers) -> None:
    by_itself(
        papers, ec.generate_private_key(ec.BrainpoolP256R1()), ExtendedKeyUsageOID.SERVER_AUTH
    )


def not_yet(papers: Papers) -> None:
    made = papers.ca.issue_cert("127.0.0.1", not_before=datetime(2100, 1, 1, tzinfo=UTC))
    papers.write("cert.pem", made.cert_chain_pems[0].bytes())
    papers.write("key.pem", made.private_key_pem.bytes())


def pem(key: Key, locked: serialization.KeySerializationEncryption) -> bytes:
    kind = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, kind, locked)


def by_itself(papers: Papers, key: Key, usage: x509.ObjectIdentifier) -> None:
    """A certificate that signed itself, for one use."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "x")])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, YESTERDAY, END)
        .add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
        .sign(key, hashes.SHA256())
    )
    papers.write("cert.pem", made.public_bytes(serialization.Encoding.PEM))
    papers.write("key.pem", pem(key, serialization.NoEncryption()))


NO_PEM = "holds no certificate in PEM"
FAULTS: list[tuple[Break, str, str]] = [
    (lambda p: Path(p.path("cert.pem")).unlink(), "certFile", "No such file or directory"),
    (lambda p: p.write("cert.pem", b"hello\n"), "certFile", NO_PEM),
    (lambda p: p.write("cert.pem", b""), "certFile", NO_PEM),
    (lambda p: p.write("cert.pem", b"\xff" * 99), "certFile", NO_PEM),
    (lambda p: p.write("cert.pem", b"x" * 2_000_000), "certFile", "the wrong file?"),
    (lambda p: p.serve(ended=True), "certFile", "has expired; openssl x509 -noout -dates -in"),
    (weak, "certFile", "OpenSSL refuses it: ee key too small"),
    (odd_curve, "certFile", "no client can use it: "),
    (not_yet, "certFile", "certificate is not yet valid"),
    (for_clients_only, "certFile", "purpose"),
    (lambda p: Path(p.path("key.pem")).unlink(), "keyFile", "No such file or directory"),
    (lambda p: p.write("key.pem", b"hello\n"), "keyFile", "holds no private key in PEM"),
    (other_key, "keyFile", "is the key of another certificate than certFile"),
    (locked_key, "keyFile", "is encrypted"),
    (lambda p: Path(p.path("key.pem")).chmod(0o644), "keyFile", "may read or write the key: chmod"),
    (lambda p: Path(p.path("key.pem")).chmod(0o602), "keyFile", "may read or write the key: chmod"),
    (lambda p: Path(p.path("ca.pem")).unlink(), "clientCaFile", "No such file or directory"),
    (lambda p: p.write("ca.pem", b""), "clientCaFile", NO_PEM),
    (lambda p: p.write("ca.pem", b"hello\n"), "clientCaFile", NO_PEM),
    (
        lambda p: p.write("ca.pem", Path(p.path("cert.pem")).read_bytes()),
        "clientCaFile",
        "no certificate in it is a CA's",
    ),
]


@pytest.mark.parametrize(("broken", "key", "words"), FAULTS)
def test_each_fault_is_found(papers: Papers, broken: Break, key: str, words: str) -> None:
    broken(papers)
    (found,) = faults(papers.spec(clients=True))
    assert found.key == key
    assert words in found.words
    assert found.absent is ("No such file" in found.words)


def test_a_group_may_read_the_key(papers: Papers) -> None:
    Path(papers.path("key.pem")).chmod(0o640)
    assert load(papers.spec(), time.time())


def test_all_faults_come_at_once(papers: Papers) -> None:
    Path(papers.path("cert.pem")).unlink()
    Path(papers.path("key.pem")).chmod(0o644)
    papers.write("ca.pem", b"hello\n")
    found = faults(papers.spec(clients=True))
    assert [fault.key for fault in found] == ["certFile", "keyFile", "clientCaFile"]


def test_a_ca_that_has_ended(papers: Papers) -> None:
    """Told of the client's CAs, and of what signed the server's certificate."""
    papers.serve(ca=papers.ca.create_child_ca())
    found = faults(papers.spec(clients=True), now=99e9)
    assert [fault.key for fault in found] == ["certFile", "clientCaFile"]
    assert all("has expired" in fault.words for fault in found)


def test_the_first_certificate_that_ends_is_told(papers: Papers) -> None:
    soon = papers.ca.issue_cert("x", not_after=END)
    papers.write("cert.pem", soon.cert_chain_pems[0].bytes())
    papers.write("key.pem", soon.private_key_pem.bytes())
    assert load(papers.spec(), time.time()).not_after == END.timestamp()


def test_one_file_may_hold_both(papers: Papers) -> None:
    texts = [Path(papers.path(name)).read_bytes() for name in ("cert.pem", "key.pem")]
    papers.write("both.pem", b"".join(texts))
    both = papers.path("both.pem")
    assert load(TlsSpec(both, both), time.time())
