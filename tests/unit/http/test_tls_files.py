"""TLS files that change while daemonctl runs: good ones are taken, bad ones are told."""

from __future__ import annotations

from pathlib import Path

import pytest

from daemonctl.http import tls_files
from daemonctl.http.tls import Loaded, TlsFault, TlsFilesError
from daemonctl.http.tls_files import TlsFiles
from daemonctl.model.spec import TlsSpec
from tests.unit.http.papers import Papers


class Kept:
    """The files, what was logged of them, and a clock that a test sets."""

    def __init__(self, papers: Papers, *, clients: bool = False) -> None:
        self.said: list[tuple[str, str]] = []
        self.at = 1_800_000_000.0
        spec = papers.spec(clients=clients)
        self.files = TlsFiles(
            spec, log=lambda level, words: self.said.append((level, words)), now=lambda: self.at
        )


@pytest.fixture
def papers(tmp_path: Path) -> Papers:
    return Papers(tmp_path)


def test_files_that_stay_are_not_loaded_again(papers: Papers) -> None:
    kept = Kept(papers)
    assert kept.files.context() is kept.files.context()
    assert (kept.said, kept.files.fault) == ([], "")


def test_another_pair_is_taken(papers: Papers) -> None:
    kept = Kept(papers)
    before = kept.files.context()
    papers.serve()
    assert kept.files.context() is not before
    assert kept.said == [("info", "TLS files reloaded")]


def test_other_client_cas_are_taken(papers: Papers, tmp_path: Path) -> None:
    kept = Kept(papers, clients=True)
    papers.write("ca.pem", Papers(tmp_path_in(tmp_path)).ca.cert_pem.bytes())
    assert kept.files.context().client_cas == (tmp_path / "ca.pem").read_text("utf-8")


def test_a_swapped_link_is_seen(papers: Papers, tmp_path: Path) -> None:
    """As Kubernetes mounts secrets: a folder is a link, and the link is exchanged."""
    inner = tmp_path_in(tmp_path)
    other = Papers(inner)
    link = tmp_path / "now"
    link.symlink_to(tmp_path)
    linked = TlsSpec(str(link / "cert.pem"), str(link / "key.pem"))
    files = TlsFiles(linked)
    before = files.context()
    (tmp_path / "new").symlink_to(other.folder)
    (tmp_path / "new").rename(link)
    assert files.context() is not before


def test_a_bad_pair_changes_nothing_and_is_said_once(papers: Papers) -> None:
    kept = Kept(papers)
    before, end = kept.files.context(), kept.files.not_after
    papers.write("key.pem", papers.ca.issue_cert("other").private_key_pem.bytes())
    for _ in range(3):
        assert kept.files.context() is before
    ((level, words),) = kept.said
    assert level == "error"
    assert "the last good ones stay: http.tls.keyFile" in words
    assert "is the key of another certificate" in kept.files.fault
    assert kept.files.not_after == end
    papers.serve()
    assert kept.files.context() is not before
    assert kept.files.fault == ""
    assert kept.said[1:] == [("info", "TLS files reloaded")]


def test_files_that_go_change_nothing(papers: Papers) -> None:
    kept = Kept(papers)
    before = kept.files.context()
    Path(papers.path("cert.pem")).unlink()
    assert kept.files.context() is before
    assert "No such file" in kept.files.fault


def test_what_comes_good_by_itself_is_tried_again(
    papers: Papers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same files, a minute later: as with a certificate whose time has come."""
    kept = Kept(papers)
    before = kept.files.context()
    with monkeypatch.context() as patched:
        patched.setattr(tls_files, "load", too_early)
        papers.serve()
        for _ in range(3):
            kept.files.refresh()
            kept.at += 60.0
        kept.files.refresh()
    kept.at += 59.0
    assert kept.files.context() is before
    assert kept.files.fault == "http.tls.certFile c: certificate is not yet valid"
    kept.at += 1.0
    assert kept.files.context() is not before
    assert kept.files.fault == ""
    assert [level for level, _ in kept.said] == ["error", "info"]


def too_early(_spec: TlsSpec, _now: float) -> Loaded:
    raise TlsFilesError([TlsFault("certFile", "c: certificate is not yet valid")])


def test_a_start_with_bad_files_fails(papers: Papers) -> None:
    papers.serve(ended=True)
    with pytest.raises(TlsFilesError, match="has expired"):
        Kept(papers)


def tmp_path_in(folder: Path) -> Path:
    made = folder / "inner"
    made.mkdir()
    return made
