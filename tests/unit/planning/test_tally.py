from __future__ import annotations

import pytest

from daemonctl.model.reason import Code, Verdict
from daemonctl.model.status import Counts
from daemonctl.planning.assessment import (
    AVAILABLE,
    CURRENT,
    DESIRED,
    DUPLICATED,
    LEAVING,
    MISSCHEDULED,
    RUNNING,
    STARTING,
    UPDATED,
    Entry,
)
from daemonctl.planning.tally import Tally, shift

READY = Entry(Verdict(Code.READY), DESIRED | CURRENT | RUNNING | UPDATED | AVAILABLE)
OLD = Entry(Verdict(Code.OUTDATED), DESIRED | CURRENT | RUNNING | AVAILABLE)
TWO = Entry(Verdict(Code.DUPLICATE), DESIRED | CURRENT | DUPLICATED)
NEW = Entry(Verdict(Code.SETTLING), DESIRED | CURRENT | STARTING)
ASTRAY = Entry(Verdict(Code.MISPLACED), MISSCHEDULED)
GOING = Entry(Verdict(Code.CONSTRAINT), LEAVING)


def test_the_numbers_are_those_of_kube_state_metrics() -> None:
    tally = Tally()
    for entry in (READY, READY, OLD, TWO, NEW, ASTRAY, GOING):
        tally.add(entry, 1)
    assert tally.counts(foreign=3) == Counts(5, 5, 3, 2, 3, 1, 3, 1)
    assert tally.counts(0).unavailable == 2
    assert (tally.starting, tally.leaving) == (1, 1)


def test_what_is_counted_in_is_counted_out_again() -> None:
    tally = Tally()
    shift([tally], [READY], 1)
    shift([tally], [READY], 1)
    shift([tally], [READY], -1)
    assert tally.codes == {Code.READY: 1}
    shift([tally], [READY], -1)
    assert tally.codes == {}
    assert tally.counts(0) == Counts()


def test_codes_sum_over_flags_in_the_order_of_the_codes() -> None:
    tally = Tally()
    for entry in (ASTRAY, Entry(Verdict(Code.READY), DESIRED), READY):
        tally.add(entry, 1)
    assert list(tally.codes.items()) == [(Code.READY, 2), (Code.MISPLACED, 1)]


def test_tallies_and_entries_go_in_pairs() -> None:
    with pytest.raises(ValueError, match="zip"):
        shift([Tally(), Tally()], [READY], 1)
