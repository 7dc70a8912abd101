"""A stop of what counts as lost already takes nothing new, however much is lost."""

from __future__ import annotations

from daemonctl.model.memory import Memory
from tests.unit.check.given import (
    AGENT,
    case,
    daemon,
    desired,
    host,
    observed,
    stopped,
    task,
    voluntary,
)


def test_what_is_lost_already_may_be_stopped_again() -> None:
    wanted = desired(daemon(AGENT, min_ready_seconds=10_000.0))
    lost = [
        host(
            n,
            stopped(f"s{n}", n, stopped_reason="daemonctl: OUTDATED: old"),
            task(f"t{n}", n, created_at=6000.0, started_at=6001.0),
        )
        for n in (1, 2)
    ]
    fine = [host(n, task(f"t{n}", n, started_at=-5000.0)) for n in range(3, 10)]
    seen = observed(*lost, *fine)
    again, more = voluntary("t1", 1, "UNHEALTHY"), voluntary("t3", 3, "UNHEALTHY")
    checked = case(again, seen=seen, wanted=wanted, memory=Memory()).check()
    assert [v.words for v in checked.violations] == []
    words = [v.words for v in case(more, seen=seen, wanted=wanted).check().violations]
    assert [each for each in words if "3 of agent would be unavailable by us" in each]
