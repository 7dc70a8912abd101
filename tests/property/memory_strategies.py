"""What a process may remember of a slot or of a gate."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy
from msgspec import structs

from daemonctl.model.memory import Expectation, Failure, GateMark, Hold, Kind, SlotMemory
from tests.property.ecs_strategies import moments, perhaps


def failures() -> SearchStrategy[Failure]:
    return st.builds(
        Failure,
        streak=st.integers(1, 8),
        at=moments(600),
        until=moments(600, 900),
        code=st.sampled_from(("EssentialContainerExited", "RESOURCE:MEMORY")),
        words=st.just("container main exited with code 1"),
        misfit=st.booleans(),
    )


@st.composite
def expectations(draw: DrawFn) -> Expectation:
    at = draw(moments(90))
    kind = draw(st.sampled_from((Kind.START, Kind.STOP)))
    ambiguous = kind is Kind.START and draw(st.booleans())
    return Expectation(kind, at, at + 60.0, ambiguous, draw(st.integers(0, 4)) if ambiguous else 0)


def slot_memories() -> SearchStrategy[SlotMemory]:
    holds = st.builds(Hold, until=moments(30, 60), code=st.just("AGENT"), words=st.just("away"))
    return st.builds(
        SlotMemory,
        failure=perhaps(failures()),
        expectation=perhaps(expectations()),
        hold=perhaps(holds),
        writes=st.lists(moments(90), max_size=8).map(lambda times: tuple(sorted(times))),
        probe_at=st.one_of(st.none(), moments(60, 900)),
        duplicate_since=st.one_of(st.none(), moments(60)),
        unused_since=st.one_of(st.none(), moments(90)),
    )


@st.composite
def gate_memories(draw: DrawFn) -> SlotMemory:
    """What may be remembered of an instance's gate."""
    expected = draw(perhaps(expectations()))
    if expected is not None:
        kind = draw(st.sampled_from((Kind.OPEN, Kind.CLOSE)))
        expected = structs.replace(expected, kind=kind, ambiguous=False, looks=0)
    since = draw(st.one_of(st.none(), moments(60)))
    mark = GateMark(since, away=draw(st.booleans()), alone=draw(st.booleans()))
    failure = draw(perhaps(failures()))
    return SlotMemory(expectation=expected, failure=failure, gate=draw(perhaps(st.just(mark))))
