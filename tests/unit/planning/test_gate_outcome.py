"""What an answer to PutAttributes leaves of a gate's memory."""

from __future__ import annotations

from daemonctl.model.memory import Expectation, GateMark, Hold, Kind, SlotMemory
from daemonctl.planning.gate_outcome import AGAIN_SECONDS, Ended, after
from tests.unit.planning.scenery import NOW

HELD = SlotMemory(
    expectation=Expectation(Kind.OPEN, NOW, NOW + 60), gate=GateMark(NOW - 9, away=True, alone=True)
)


def test_after_a_call_the_gate_is_free_and_remembers_what_it_should() -> None:
    taken = after(HELD, Ended.TAKEN, NOW)
    assert taken == SlotMemory(gate=GateMark(away=True))
    assert after(SlotMemory(gate=GateMark(NOW)), Ended.TAKEN, NOW) == SlotMemory()
    passing = after(HELD, Ended.PASSING, NOW, "T", "w")
    assert passing == SlotMemory(gate=HELD.gate, hold=Hold(NOW + AGAIN_SECONDS, "T", "w"))
    company = after(SlotMemory(), Ended.REFUSED_IN_COMPANY, NOW, "X", "w")
    assert company == SlotMemory(gate=GateMark(alone=True))


def test_a_refusal_is_tried_again_ever_less_often() -> None:
    held = after(HELD, Ended.REFUSED, NOW, "AttributeLimitExceededException", "ten")
    assert held.failure is not None
    words = "AttributeLimitExceededException: it has ten custom attributes, ECS's limit: remove one"
    assert (held.failure.streak, held.failure.until) == (1, NOW + 60)
    assert held.failure.code == "AttributeLimitExceededException"
    assert held.failure.words == f"{words} (ten)"
    assert held.hold == Hold(NOW + 60, held.failure.code, held.failure.words.partition(": ")[2])
    again = after(held, Ended.REFUSED, NOW, "X", "w")
    assert again.failure is not None
    assert (again.failure.streak, again.failure.until) == (2, NOW + 120)
    assert again.failure.words == "X: w"
    taken = after(again, Ended.TAKEN, NOW)
    assert (taken.failure, taken.hold) == (None, None)
