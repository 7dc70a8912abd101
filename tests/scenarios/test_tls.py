"""The API over TLS as an operator has it: certificates, their renewal, and who did what."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
import trustme

from tests.scenarios.processes import KEYS, Controller, clean_env, closing, eventually, program
from tests.unit.http.papers import Papers

NOWHERE = "http://127.0.0.1:9"  # there need be no ECS for who may ask
CONFIG = """\
owner: scene
clusters: [{{name: web, region: us-east-1}}]
http:
  listen: 0.0.0.0:0
  metricsListen: 127.0.0.1:0
  tls: {{certFile: {0}/cert.pem, keyFile: {0}/key.pem, clientCaFile: {0}/ca.pem}}
daemons: [{{name: consul-agent, taskDefinition: consul-agent}}]
"""


class Operator:
    """A shell on another machine, as far as TLS can tell."""

    def __init__(self, controller: Controller, papers: Papers) -> None:
        self.url = controller.api.replace("http://0.0.0.0", "https://127.0.0.1")
        self.ann = papers.issue("ann")
        self.ca = papers.path("ca.pem")

    def run(self, *words: str, cert: str = "", ca: str = "") -> subprocess.CompletedProcess[str]:
        reach = ["--server", self.url, "--ca-file", ca or self.ca]
        return subprocess.run(
            program(*words, *reach, *(["--cert", cert] if cert else [])),
            env=clean_env(),
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.mark.slow
def test_certificates_let_in_are_renewed_and_stand_in_the_journal(tmp_path: Path) -> None:
    papers = Papers(tmp_path)
    config = tmp_path / "daemonctl.yaml"
    config.write_text(CONFIG.format(tmp_path), "utf-8")
    controller = Controller(config, clean_env(AWS_ENDPOINT_URL=NOWHERE, **KEYS))
    with closing(controller):
        seen = Operator(controller, papers)
        froze = seen.run("freeze", cert=seen.ann)
        assert froze.returncode == 0, froze.stderr
        nobody = seen.run("freeze")
        assert (nobody.returncode, "come with a client certificate" in nobody.stderr) == (1, True)
        told = seen.run("events", "--kind", "command", "-o", "json", cert=seen.ann)
        (row,) = json.loads(told.stdout)["events"]
        assert row["code"] == "FREEZE done"
        assert " from 127.0.0.1 with certificate ann" in row["words"]
        assert controller.counted("http_refused_total", 'reason="no_credential"') == 1

        other = trustme.CA()
        other.cert_pem.write_to_path(papers.path("other.pem"))
        papers.serve(ca=other)
        assert seen.run("status", cert=seen.ann, ca=papers.path("other.pem")).returncode == 0
        papers.write("key.pem", b"nonsense\n")
        eventually(lambda: controller.counted("tls_last_reload_successful") == 0)
        assert seen.run("status", cert=seen.ann, ca=papers.path("other.pem")).returncode == 0
        assert "TLS files not reloaded, the last good ones stay" in controller.said()
        assert "Traceback" not in controller.said()
