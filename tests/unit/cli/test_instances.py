"""`instances` as text: what runs once counts as there once it has run."""

from __future__ import annotations

import pytest

from daemonctl.cli.instances_text import instances_lines
from daemonctl.runtime.report import InstanceRow, InstancesPage
from daemonctl.runtime.report_rows import VerdictRow


@pytest.mark.parametrize(
    ("code", "there", "why"),
    [("READY", "2/2", ""), ("DONE", "2/2", ""), ("SETTLING", "1/2", "SETTLING setup")],
)
def test_a_daemon_that_has_done_its_work_is_there(code: str, there: str, why: str) -> None:
    verdicts = (VerdictRow("setup", code, "", ""), VerdictRow("agent", "READY", "", ""))
    row = InstanceRow(
        id="abc",
        arn="arn:abc",
        ec2_instance_id="i-1",
        zone="a",
        status="ACTIVE",
        agent_connected=True,
        verdicts=verdicts,
    )
    _, _, last, *_ = instances_lines([InstancesPage("web", 1, (row,), "")])
    assert last.split(maxsplit=3)[3].split(maxsplit=1) == [there, why][: 1 + bool(why)]
