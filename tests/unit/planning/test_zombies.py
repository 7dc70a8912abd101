from __future__ import annotations

import pytest

from daemonctl.model.ids import Ec2InstanceId
from daemonctl.model.observed import Host
from daemonctl.model.spec import Limits
from daemonctl.planning import zombies
from tests.unit.planning.scenery import NOW, arn, host, observed

GONE = host(1, away=300)
ID = Ec2InstanceId(GONE.instance.ec2_id)


def test_ec2_is_asked_about_active_instances_whose_agent_is_long_gone() -> None:
    others = (
        host(2),
        host(3, away=299),
        host(4, away=300, status="DRAINING"),
        host(5, away=300, ec2_id="mi-5"),
    )
    assert zombies.suspects(observed(*others, GONE), 300.0, NOW) == (GONE,)


@pytest.mark.parametrize(
    ("one", "state", "dead"),
    [
        (GONE, "terminated", True),
        (GONE, "stopped", False),
        (GONE, "shutting-down", False),
        (GONE, None, True),
        (host(1, away=300, registered_at=NOW - 3600), None, True),
        (host(1, away=300, registered_at=NOW - 3599), None, False),
        (host(1, away=300, registered_at=None), None, False),
    ],
)
def test_dead_is_what_ec2_has_terminated_or_forgotten(
    *, one: Host, state: str | None, dead: bool
) -> None:
    states = {} if state is None else {ID: state}
    assert zombies.dead((one,), states, NOW) == ((arn(1),) if dead else ())


def test_more_than_one_decision_may_touch_is_for_a_person() -> None:
    seen = observed(*(host(n) for n in range(1, 11)))
    three = (arn(1), arn(2), arn(3))
    assert zombies.capped(three, seen, Limits()) == three
    assert zombies.capped((*three, arn(4)), seen, Limits()) == ()
