"""A cluster of a few hosts on its way from revision 1 to 2."""

from __future__ import annotations

from msgspec import structs

from daemonctl.model.cluster import Task
from daemonctl.model.desired import Desired, DesiredDaemon
from daemonctl.model.ids import DaemonName
from daemonctl.model.memory import DaemonMemory, Memory
from daemonctl.model.observed import Host
from daemonctl.model.plan import Plan
from daemonctl.model.reason import Notice
from daemonctl.model.rollout import Phase, Revision, Rollout
from daemonctl.model.spec import DaemonSpec, Limits, Share
from tests.unit.planning.scenery import (
    AGENT,
    NOW,
    arn,
    crash,
    daemon,
    definition,
    definition_arn,
    desired,
    host,
    spec,
    task,
    task_arn,
)

OLD, NEW = (Revision(definition_arn(revision=n)) for n in (1, 2))
ALL = Limits(max_cluster_share=Share(100, percent=True))


def wanted(*daemons: DesiredDaemon, **of_spec: object) -> Desired:
    one = with_old(spec(**{"max_unavailable": Share(2), **of_spec}))
    return desired(*(daemons or (one,)), limits=ALL)


def with_old(one: DaemonSpec) -> DesiredDaemon:
    found = daemon(one, definition(one.name))
    old = structs.replace(definition(one.name), arn=definition_arn(one.name, 1))
    return structs.replace(found, known=(old,))


def rolling(name: DaemonName = AGENT, **changes: object) -> Memory:
    old, new = (Revision(definition_arn(name, n)) for n in (1, 2))
    plain = Rollout(new, new, old, Phase.ROLLING, began=NOW - 1000)
    return Memory(daemons={name: DaemonMemory(rollout=structs.replace(plain, **changes))})


def old(number: int, name: DaemonName = AGENT, **changes: object) -> Task:
    return task(number, name, host=number, **{"definition": definition_arn(name, 1), **changes})


def fleet(*numbers: int) -> list[Host]:
    return [host(n, old(n)) for n in numbers]


def notices(made: Plan) -> list[Notice]:
    return [one.notice for one in made.conditions]


def updated_away(number: int, ago: float = 60.0) -> Task:
    """Stopped for the rollout while it worked."""
    reason = "daemonctl: OUTDATED: runs 1, is to run 2"
    ended = crash(number, ago=ago, ran=500, stop_code="UserInitiated", stopped_reason=reason)
    return structs.replace(ended, definition=OLD.definition, containers=(), instance=arn(number))


def died(number: int, serial: int, ago: float = 5.0, ran: float = 2.0) -> Task:
    return structs.replace(
        crash(number, ago=ago, ran=ran), arn=task_arn(1000 + serial), instance=arn(number)
    )
