"""What stays in a slot's memory: each thing goes when it has served."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import structs

from daemonctl.model.cluster import Task
from daemonctl.model.ids import Slot
from daemonctl.model.memory import NOTHING, Expectation, Kind, SlotMemory
from daemonctl.model.plan import Action, MarkOnce, SetGate, StartTask, StopTask
from daemonctl.model.spec import Restart
from daemonctl.planning.backoff import fold

WRITE_WINDOW_SECONDS = 60.0
WRITES_PER_WINDOW = 6
"""At most so many writes to a slot in so long: whatever goes wrong, it goes wrong slowly."""

EXPECT_SECONDS = 60.0
"""A start without an answer is tried again after this long; ECS lists lag by seconds."""

LOOKS_AFTER = (2.0, 5.0, 10.0, 20.0)
"""When what became of an ambiguous start is looked up, in seconds after it was sent."""

LOOK_AGAIN_SECONDS = 20.0
"""How often after that, until one look-up has been answered: not knowing is no leave to start."""


def take_in(memory: SlotMemory, own: Sequence[Task], restart: Restart, now: float) -> SlotMemory:
    """The memory with what the slot's tasks tell: crashes counted, what is over forgotten."""
    stopped = [task for task in own if task.stopped]
    if memory is NOTHING and not stopped:
        return memory
    live = [task for task in own if task.live]
    return SlotMemory(
        failure=fold(memory.failure, memory.counted, stopped, restart, now),
        expectation=_expectation(memory.expectation, live, now),
        hold=memory.hold if memory.hold is not None and now < memory.hold.until else None,
        counted=tuple(task.arn for task in stopped),
        writes=recent(memory.writes, now),
        probe_at=None if live else memory.probe_at,
        duplicate_since=memory.duplicate_since if len(live) > 1 else None,
        unhealthy_since=memory.unhealthy_since if live else None,
        unused_since=memory.unused_since if live else None,
        unregistered=memory.unregistered if own else None,
        done=memory.done,
    )


def recent(writes: Sequence[float], now: float) -> tuple[float, ...]:
    """The writes that still count for the limit."""
    return tuple(at for at in writes if at > now - WRITE_WINDOW_SECONDS)


def next_look(expectation: Expectation) -> float | None:
    """When an ambiguous start is to be looked up next; None where it is not."""
    if not expectation.ambiguous or expectation.kind is not Kind.START:
        return None
    more = expectation.looks - len(LOOKS_AFTER) + 1
    if more <= 0:
        return expectation.at + LOOKS_AFTER[expectation.looks]
    return (
        None if expectation.looked else expectation.at + LOOKS_AFTER[-1] + more * LOOK_AGAIN_SECONDS
    )


def sent(memory: SlotMemory, kind: Kind, now: float) -> SlotMemory:
    """The memory once a write is on its way."""
    return structs.replace(
        memory,
        expectation=Expectation(kind, at=now, expires=now + EXPECT_SECONDS),
        writes=(*recent(memory.writes, now), now),
    )


def kind_of(action: Action) -> Kind:
    """What is expected once an action is on its way."""
    if isinstance(action, MarkOnce):
        return Kind.MARK
    if isinstance(action, SetGate):
        return Kind.OPEN if action.opened else Kind.CLOSE
    return Kind.START if isinstance(action, StartTask) else Kind.STOP


def slots_of(action: Action) -> tuple[Slot, ...]:
    """The slots that an action writes to."""
    arns = (action.instance,) if isinstance(action, StopTask) else action.instances
    return tuple((arn, action.daemon) for arn in arns)


def _expectation(held: Expectation | None, live: Sequence[Task], now: float) -> Expectation | None:
    if held is None:
        return None
    start, over = held.kind is Kind.START, now >= held.expires
    if not held.ambiguous:
        # Its call is under way: the answer, when it comes, must not end another one. After so long
        # without one a start has to be looked up.
        return structs.replace(held, ambiguous=True) if over and start else _until(held, over=over)
    seen = bool(live) if start else not live
    unknown = start and not held.looked  # nobody could look yet: another one may be one too many
    return None if seen else _until(held, over=over and not unknown)


def _until(held: Expectation, *, over: bool) -> Expectation | None:
    return None if over else held
