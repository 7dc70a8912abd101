"""Bad files of ``http.tls``: `validate` and `run` name each by its key and its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from daemonctl import app
from daemonctl.adapters.config import ConfigError
from tests.unit.http.papers import Papers

CONFIG = """\
owner: prod
clusters: [{{name: web, region: eu-central-1}}]
daemons: [{{name: a, taskDefinition: a}}]
http:
  listen: 127.0.0.1:0
  metricsListen: 127.0.0.1:0
  tls:
    certFile: {0}/cert.pem
    keyFile: {0}/key.pem
    clientCaFile: {0}/ca.pem
"""


@pytest.fixture
def papers(tmp_path: Path) -> Papers:
    return Papers(tmp_path)


@pytest.fixture
def config(tmp_path: Path) -> str:
    path = tmp_path / "daemonctl.yaml"
    path.write_text(CONFIG.format(tmp_path), "utf-8")
    return str(path)


@pytest.mark.usefixtures("papers")
def test_good_files_are_not_spoken_of(config: str) -> None:
    assert app.validate(config)[1] == ()


def test_bad_files_are_named_by_line(papers: Papers, config: str) -> None:
    papers.serve(ended=True)
    Path(papers.path("key.pem")).chmod(0o644)
    with pytest.raises(ConfigError) as caught:
        app.validate(config)
    assert [(fault.path, fault.line) for fault in caught.value.faults] == [
        ("http.tls.certFile", 8),
        ("http.tls.keyFile", 9),
    ]
    assert str(caught.value).startswith(f"{config}: line 8: http.tls.certFile: ")


def test_what_is_not_on_this_machine_is_told_and_no_fault(papers: Papers, config: str) -> None:
    for name in ("cert.pem", "key.pem"):
        Path(papers.path(name)).unlink()
    _, told = app.validate(config)
    assert told == (
        f"line 8: http.tls.certFile: {papers.path('cert.pem')}: No such file or directory",
        f"line 9: http.tls.keyFile: {papers.path('key.pem')}: No such file or directory",
    )


def test_a_controller_does_not_start_with_them(papers: Papers, config: str) -> None:
    Path(papers.path("key.pem")).unlink()
    with pytest.raises(app.ConfigError, match=r"line 9: http\.tls\.keyFile: "):
        app.run(config)


def test_a_config_without_tls_has_no_files(tmp_path: Path) -> None:
    path = tmp_path / "daemonctl.yaml"
    path.write_text(CONFIG.partition("http:")[0].replace("{{", "{").replace("}}", "}"), "utf-8")
    assert app.validate(str(path))[1] == ()
