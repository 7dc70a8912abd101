"""What check must guarantee of gates, once more and by brute force."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from daemonctl.model.ids import ContainerInstanceArn, DaemonName
from daemonctl.model.plan import SetGate
from tests.property.once_oracle import ran_last
from tests.property.oracle_terms import is_live, ours_at, reached
from tests.property.strategies import Scene


def _has_gate(scene: Scene, place: ContainerInstanceArn) -> bool:
    host = scene.observed.hosts.get(place)
    ours = host is not None and host.instance.ec2_id[:2] == "i-" and not host.instance.managed
    return host is not None and ours and host.instance.status == "ACTIVE"


def _is_open(scene: Scene, place: ContainerInstanceArn) -> bool:
    gate = scene.desired.gate
    values = scene.observed.hosts[place].instance.attributes.values
    return gate is not None and values.get(gate.attribute) == "true"


def gate_breaches(scene: Scene, action: SetGate) -> Iterator[str]:
    gate = scene.desired.gate
    if gate is None or gate.attribute != action.attribute or not 1 <= len(action.instances) <= 10:
        yield "wrong gate"
        return
    for place in action.instances:
        if not _has_gate(scene, place) or _is_open(scene, place) == action.opened:
            yield "gate set for nothing"
            continue
        for one in scene.desired.daemons if action.opened else ():
            there = [t for t in ours_at(scene, place, one.spec.name) if is_live(t)]
            ready = [t for t in there if reached(scene, one.spec.name, "READY", t)]
            kind = one.definition
            sure = kind is not None and not (kind.os_family or kind.cpu_architecture)
            values = scene.observed.hosts[place].instance.attributes.values
            fits = kind is not None and {*kind.requires} <= {*values}
            free = not (one.spec.constraints or one.spec.only_with or "{{" in one.spec.overrides)
            lacks = there and not ready
            if one.spec.once:
                lacks = not ran_last(scene, place, one.spec.name)
            if one.spec.required and lacks and sure and fits and free:
                yield "opened beside one that is not ready"


def closings(scene: Scene, actions: Sequence[SetGate]) -> Iterator[str]:
    gate, now = scene.desired.gate, scene.now
    if gate is None or not actions:
        return
    places = [place for place in scene.observed.hosts if _has_gate(scene, place)]
    closed = [place for place in places if not _is_open(scene, place)]
    for place in places:
        memory = scene.memory.slots.get((place, DaemonName("")))
        sent = memory.expectation if memory else None
        if sent is not None and sent.kind == "CLOSE" and sent.expires > now:
            closed.append(place)
    planned = [place for action in actions for place in action.instances]
    if len({*closed, *planned}) > gate.max_closed.of(len(places)):
        yield "too many closed"
