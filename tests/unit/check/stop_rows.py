"""Plans that break an invariant about stops, pauses or the budget."""

from __future__ import annotations

from typing import Any

from msgspec import structs

from daemonctl.model.cluster import Health
from daemonctl.model.memory import DaemonMemory, Kind, Memory
from daemonctl.model.spec import Limits, Share
from tests.unit.check.given import (
    AGENT,
    NOW,
    REGISTRATOR,
    Case,
    case,
    daemon,
    definition,
    desired,
    failure,
    host,
    observed,
    paused,
    remember,
    repair,
    sent,
    start,
    stopped,
    stopping,
    task,
    voluntary,
)
from tests.unit.check.start_rows import Found

_START = start(AGENT, 1)
_DEPENDENT = start(REGISTRATOR, 1)
_EMPTY = observed(host(1))


def foreign_stop() -> Found:
    def of(words: str, **other: Any) -> tuple[str, Case, tuple[str, ...]]:
        seen = observed(host(1, task("a", **other), task("b")))
        return f"stop of a (agent on h1): {words}", case(repair("a"), seen=seen), ()

    alone = observed(host(1, task("b")), host(2, task("a", 2)))
    return [
        of("somebody else started it (no startedBy)", started_by=""),
        of("somebody else started it (daemonctl/qa)", started_by="daemonctl/qa"),
        of("its group is family:agent", group="family:agent"),
        of("its group is daemonctl-registrator", group="daemonctl-registrator"),
        of("it is RUNNING, to be STOPPED", desired_status="STOPPED"),
        of("it is STOPPED, to be RUNNING", last_status="STOPPED"),
        of("it runs on h2", instance=host(2).instance.arn),
        (
            "stop of a (agent on h1): the view knows no such task there",
            case(repair("a"), seen=alone),
            (),
        ),
        *_not_adopted(),
    ]


def _not_adopted() -> Found:
    """A daemon that adopts takes only what nobody else holds, and only of its family."""
    adopting = desired(daemon(AGENT, adopt=True))
    held = (
        ("somebody else started it (ecs-svc/1)", {"started_by": "ecs-svc/1"}),
        ("somebody else started it (no startedBy)", {"started_by": "", "group": "service:web"}),
        ("somebody else started it (daemonctl/qa)", {"started_by": "daemonctl/qa"}),
        (
            "somebody else started it (no startedBy)",
            {"started_by": "", "group": "family:nginx", "definition": definition("nginx")},
        ),
    )
    found: Found = []
    for words, other in held:
        seen = observed(host(1, task("a", **other), task("b")))
        broken = case(repair("a"), seen=seen, wanted=adopting)
        found.append((f"stop of a (agent on h1): {words}", broken, ()))
    return found


def hold() -> Found:
    def start_with(words: str, memory: Memory) -> tuple[str, Case, tuple[str, ...]]:
        return f"agent on h1: {words}", case(_START, seen=_EMPTY, memory=memory), ()

    def stop_with(words: str, memory: Memory) -> tuple[str, Case, tuple[str, ...]]:
        seen = observed(host(1, task("a"), task("b")))
        return f"agent on h1: {words}", case(repair("a"), seen=seen, memory=memory), ()

    held, flying = remember(hold=paused()), remember(expectation=sent(Kind.STOP))
    daemons = {AGENT: DaemonMemory(failure=failure())}
    return [
        start_with("held for 5 s more (AGENT)", held),
        stop_with("held for 5 s more (AGENT)", held),
        stop_with("a STOP is in flight for 5 s more", flying),
        start_with("backoff of the slot for 5 s more (AccessDenied)", remember(failure=failure())),
        start_with("backoff of the daemon for 5 s more (AccessDenied)", Memory(daemons=daemons)),
        start_with("backoff of the cluster for 5 s more (AccessDenied)", Memory(cluster=failure())),
    ]


def write_rate() -> Found:
    writes = (NOW - 60.0, *(NOW - n for n in (59.0, 50.0, 40.0, 30.0, 20.0, 10.0)))
    memory = remember(writes=writes)
    return [("agent on h1: write 7 within 60 s", case(_START, seen=_EMPTY, memory=memory), ())]


def slot_twice() -> Found:
    words = "agent on h1: action 1 of the plan is for it already"
    seen = observed(host(1, task("a"), task("b"), task("c")))
    return [
        (words, case(_START, _START, seen=_EMPTY), ()),
        (words, case(repair("a"), repair("b"), seen=seen), ()),
    ]


def repair_without_survivor() -> Found:
    words = "repair stop of a (agent on h1): no other task of the daemon stays there"
    crowds = (
        (task("a"),),
        (task("a", last_status="PENDING", started_at=None),),
        (task("a"), stopping("b")),
        (task("a"), task("b", daemon=REGISTRATOR)),
        (task("a"), task("b", started_by="somebody")),
    )
    alone = [(words, case(repair("a"), seen=observed(host(1, *crowd))), ()) for crowd in crowds]
    return [*alone, *_not_ready_beside_it()]


def _not_ready_beside_it() -> Found:
    """What works is not given for what does not work yet, or no more."""
    words = "repair stop of a (agent on h1): it is READY, and no other task of the daemon there is"
    checked = desired(daemon(AGENT, checked=True))
    others = (
        task("b", last_status="PENDING", started_at=None),
        task("b", started_at=NOW - 9.9),  # minReadySeconds are 10
        task("b", connected=False),
    )
    well, sick = task("a", health=Health.HEALTHY), task("b", health=Health.UNHEALTHY)
    young = [(words, case(repair("a"), seen=observed(host(1, task("a"), b))), ()) for b in others]
    ill = case(repair("a"), seen=observed(host(1, well, sick)), wanted=checked)
    return [*young, (words, ill, ())]


def budget() -> Found:
    full = [host(n, task(f"t{n}", n)) for n in range(1, 5)]
    wide = desired(daemon(AGENT, max_unavailable=Share(4)))
    gone = desired(daemon(REGISTRATOR))
    one = voluntary("t1", 1)
    early = "none before 660 s after the first full view"
    two = (one, voluntary("t2", 2))
    moved = tuple(structs.replace(stop, code="MISPLACED") for stop in two)
    lost = host(5, stopped("x", 5, stopped_reason="daemonctl: UPDATE: old"))
    leaving = host(5, stopping("x", 5, stopped_reason="daemonctl: MISPLACED: no"))
    flying = remember(3, expectation=sent(Kind.STOP))
    all_share = Limits(max_cluster_share=Share(100, percent=True))

    def first(words: str, code: str = "UPDATE") -> str:
        return f"voluntary stop of agent on h1 ({code}): {words}"

    over = "agent would be {}, maxUnavailable is 1 of {}"
    return [
        (first(early), case(one, seen=observed(*full, first_full_at=None)), ()),
        (first(early), case(one, seen=observed(*full, first_full_at=NOW - 659.0)), ()),
        (
            first("the plan touches 2 of 4 instances, maxClusterShare is 30%"),
            case(*two, seen=observed(*full), wanted=wide),
            (),
        ),
        (
            first("agent is not in the config: its tasks are orphans, which are left alone"),
            case(one, seen=observed(*full), wanted=gone),
            (),
        ),
        (
            first("agent is in the config: its tasks are no orphans", "ORPHAN"),
            case(structs.replace(one, code="ORPHAN"), seen=observed(*full)),
            (),
        ),
        (
            first("3 misplaced of 4 live tasks of agent are over half", "MISPLACED"),
            case(
                *moved,
                voluntary("t3", 3, "MISPLACED"),
                seen=observed(*full),
                wanted=structs.replace(wide, limits=all_share),
            ),
            (),
        ),
        (
            first("2 of " + over.format("misplaced and stopping", 4), "MISPLACED"),
            case(*moved, seen=observed(*full), wanted=desired(limits=all_share)),
            (),
        ),
        (
            first("2 of " + over.format("misplaced and stopping", 5), "MISPLACED"),
            case(moved[0], seen=observed(*full, leaving)),
            (),
        ),
        (
            first("2 of " + over.format("misplaced and stopping", 4), "MISPLACED"),
            case(moved[0], seen=observed(*full), memory=flying),
            (),
        ),
        (
            first("2 of " + over.format("unavailable by us", 4)),
            case(*two, seen=observed(*full), wanted=desired(limits=all_share)),
            (),
        ),
        (
            first("2 of " + over.format("unavailable by us", 5)),
            case(one, seen=observed(*full, lost)),
            (),
        ),
        (
            first("2 of " + over.format("unavailable by us", 4)),
            case(one, seen=observed(*full), memory=flying),
            (),
        ),
    ]
