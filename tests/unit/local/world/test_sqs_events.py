"""Events on their way into queues: late, lost, doubled, shuffled."""

from __future__ import annotations

import pytest

from daemonctl.local.world.faults import Faults
from tests.unit.local.world.queues import NOW, bodies, queues_with, receive


def test_an_event_arrives_a_moment_later_only_where_its_cluster_is_heard() -> None:
    queues, _ = queues_with()
    heard = queues.subscribe("web", "web-events")
    assert queues.subscribe("web", "web-events") == heard
    queues.publish("web", {"detail": {"version": 1}}, NOW)
    queues.publish("other", {"detail": {}}, NOW)
    due = queues.next_wake()
    assert due is not None
    assert NOW < due < NOW + 1
    queues.advance(due - 0.001)
    assert receive(queues, heard, due) == []
    queues.advance(due)
    assert bodies(queues, heard, due) == ['{"detail":{"version":1}}']
    assert queues.next_wake() is None
    assert queues.published == 2


@pytest.mark.parametrize(("kind", "copies"), [("event_lost", 0), ("event_doubled", 2)])
def test_events_lost_and_doubled(kind: str, copies: int) -> None:
    faults = Faults(lambda: 0.5)
    queues, _ = queues_with(faults)
    url = queues.subscribe("web", "events")
    faults.set(kind)
    queues.publish("web", {"n": 1}, NOW)
    queues.advance(NOW + 60)
    assert bodies(queues, url, NOW + 60) == ['{"n":1}'] * copies
    assert faults.hits[kind] == 1


def test_a_shuffled_event_is_passed_by_a_later_one() -> None:
    faults = Faults(lambda: 0.5)
    queues, _ = queues_with(faults)
    url = queues.subscribe("web", "events")
    faults.set("event_shuffled", until=NOW + 1)
    queues.publish("web", {"n": 1}, NOW)
    queues.publish("web", {"n": 2}, NOW + 1)
    queues.advance(NOW + 60)
    assert bodies(queues, url, NOW + 60) == ['{"n":2}', '{"n":1}']
