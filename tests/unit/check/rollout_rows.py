"""Updates that no rollout allows."""

from __future__ import annotations

from typing import Any

from msgspec import structs

from daemonctl.model.cluster import Health
from daemonctl.model.memory import DaemonMemory, Memory
from daemonctl.model.reason import Code
from daemonctl.model.rollout import Pause, Phase, Revision, Rollout
from daemonctl.model.spec import Dependency, Strategy
from tests.unit.check.given import (
    AGENT,
    NOW,
    REGISTRATOR,
    Case,
    arn,
    case,
    daemon,
    definition,
    desired,
    host,
    observed,
    task,
    voluntary,
)

Found = list[tuple[str, Case, tuple[str, ...]]]

OLD, NEW = Revision(definition("agent", 1)), Revision(definition("agent"))
REGISTRATOR_NEW = Revision(definition("registrator"))
ROLLING = Rollout(NEW, NEW, OLD, Phase.ROLLING, began=NOW - 100.0)
BROKEN: dict[str, Any] = {"health": Health.UNHEALTHY}


def known(rollout: Rollout | None = ROLLING, **changes: Any) -> Memory:
    """A memory that knows the agent's rollout."""
    held = None if rollout is None else structs.replace(rollout, **changes)
    return Memory(daemons={AGENT: DaemonMemory(rollout=held)})


def outdated(letter: str = "a", **other: Any) -> Any:
    return task(letter, **{"definition": OLD.definition, **other})


def update(memory: Memory, code: Code = Code.OUTDATED, seen: Any = None, **other: Any) -> Case:
    found = seen if seen is not None else host(1, outdated())
    return case(voluntary("a", code=code), seen=observed(found), memory=memory, **other)


def rollout_stop() -> Found:
    where = "update of agent on h1: "
    on_delete = desired(daemon(AGENT, strategy=Strategy.ON_DELETE))
    rows = [
        ("no rollout of it is known", update(Memory())),
        ("no rollout of it is known", update(known(None))),
        ("the rollout is paused", update(known(pause=Pause(NOW)))),
        ("the rollout is HALTED", update(known(phase=Phase.HALTED))),
        ("the rollout is UNCLEAR", update(known(phase=Phase.UNCLEAR))),
        ("it is no canary", update(known(phase=Phase.CANARY, canaries=(arn(2),)))),
        ("its strategy is ON_DELETE", update(known(), wanted=on_delete)),
        ("the state of the rollout is not saved", update(_unsaved())),
        ("a runs the target already", update(known(), seen=host(1, task("a")))),
        (
            "a runs the target already",
            update(known(restarted_at=1000.0), seen=host(1, task("a"))),
        ),
        *((words, update(known(), seen=seen)) for words, seen in _not_ready()),
        *((words, update(known(), Code.UNREADY, seen=seen)) for words, seen in _not_broken()),
    ]
    return [*((where + words, broken, ()) for words, broken in rows), *_order()]


def _unsaved() -> Memory:
    memory = known()
    memory.unsaved[AGENT] = None
    return memory


def _not_ready() -> list[tuple[str, Any]]:
    words = "a is not known to be ready"
    settling = outdated(started_at=NOW - 9.0)
    away = host(1, outdated(), connected=False)
    sick = host(1, outdated(**BROKEN))
    return [(words, host(1, settling)), (words, away), (words, sick)]


def _not_broken() -> list[tuple[str, Any]]:
    words = "a is not known to be broken"
    pending = outdated(last_status="PENDING", created_at=NOW - 299.0, started_at=None)
    return [
        (words, host(1, outdated(started_at=NOW - 9.0))),
        (words, host(1, pending)),
        (words, host(1, outdated())),
        (words, host(1, outdated(), connected=False)),
    ]


def _order() -> Found:
    """registrator is not updated before the agent that it depends on."""
    old = outdated("b")
    mine = task("a", 1, REGISTRATOR, definition=definition("registrator", 1))
    rolling = Rollout(REGISTRATOR_NEW, REGISTRATOR_NEW, None, Phase.ROLLING)
    memory = known()
    memory.daemons[REGISTRATOR] = DaemonMemory(rollout=rolling)
    stop = voluntary("a", 1, "OUTDATED", daemon=REGISTRATOR)
    wanted = desired(daemon(AGENT), daemon(REGISTRATOR, Dependency(AGENT)))
    words = "update of registrator on h1: agent is not updated there yet"
    return [
        (words, case(stop, seen=observed(host(1, mine, old)), memory=memory, wanted=wanted), ())
    ]
