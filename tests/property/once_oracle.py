"""What check must guarantee of daemons that run once, once more and by brute force."""

from __future__ import annotations

from collections.abc import Iterator

from daemonctl.model.ids import ContainerInstanceArn, DaemonName
from daemonctl.model.once import mark_of
from daemonctl.model.plan import MarkOnce
from tests.property.oracle_terms import known_to, ours_at
from tests.property.strategies import Scene


def ran_last(scene: Scene, place: ContainerInstanceArn, name: DaemonName) -> str:
    """Which revision of it ran there last to a good end, "" for none."""
    host, memory = scene.observed.hosts[place], scene.memory.slots.get((place, name))
    ended = {
        (task.stopped_at or task.first_seen, task.arn): mark_of(task.definition, task.overrides)
        for task in ours_at(scene, place, name)
        if task.last_status == "STOPPED"
        and task.stop_code == "EssentialContainerExited"
        and [one.exit_code for one in task.containers] == [0]
    }
    if ended:
        return ended[max(ended)]
    noted = memory.done if memory else ""
    return noted or host.instance.attributes.values.get(f"daemonctl.once.{name}", "")


def mark_breaches(scene: Scene, action: MarkOnce) -> Iterator[str]:
    known = known_to(scene, action.once)
    places = [place for place, _ in action.marks]
    if known is None or not known.spec.once or len({*places}) != len(places):
        yield "wrong mark"
        return
    if not 1 <= len(places) <= 10:
        yield "wrong mark"
        return
    for place, value in action.marks:
        host = scene.observed.hosts.get(place)
        if host is None or host.instance.status != "ACTIVE":
            yield "mark of an unusable instance"
        elif host.instance.attributes.values.get(f"daemonctl.once.{action.once}") == value:
            yield "marked for nothing"
        elif ran_last(scene, place, action.once) != value:
            yield "marked with what has not run"
