from __future__ import annotations

from daemonctl.local.world.agenda import Agenda


def test_what_is_due_runs_in_order_and_ties_as_noted() -> None:
    agenda, done = Agenda(), []

    def happen(due: float, name: str) -> None:
        done.append((due, name))
        if name == "b":
            agenda.at(due, happen, "b's own")
            agenda.at(due + 1.0, happen, "later")

    for due, name in ((5.0, "c"), (3.0, "a"), (3.0, "b"), (9.0, "d")):
        agenda.at(due, happen, name)
    agenda.advance(5.0)
    assert done == [(3.0, "a"), (3.0, "b"), (3.0, "b's own"), (4.0, "later"), (5.0, "c")]
    assert (len(agenda), agenda.next_due()) == (1, 9.0)
    agenda.advance(8.9)
    assert len(agenda) == 1
    agenda.advance(9.0)
    assert agenda.next_due() is None
