"""The gate of an instance: set only to its other value, and never too many closed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from daemonctl.check.once import has_run
from daemonctl.check.scene import NOWHERE, Fault, Scene, Write, gates_in
from daemonctl.check.terms import live, reached
from daemonctl.model.desired import DesiredDaemon
from daemonctl.model.ids import GATE, ContainerInstanceArn
from daemonctl.model.memory import Kind
from daemonctl.model.observed import Host
from daemonctl.model.plan import SetGate
from daemonctl.model.spec import DependsOn

MOST_ATTRIBUTES = 10
"""ECS API: PutAttributes takes up to 10 attributes."""


def gate(scene: Scene, writes: Sequence[Write]) -> Iterator[Fault]:
    """A gate opens where nothing that is required is known not to be ready, and so on."""
    named: dict[int, dict[ContainerInstanceArn, None]] = {}
    closed: int | None = None
    for write, action in gates_in(writes):
        before = named.setdefault(write.index, {})
        wrong = _wrong(scene, write.instance, action) or _wrong_number(write.instance, before)
        if not wrong and not action.opened:
            closed = (_closed(scene) if closed is None else closed) + 1
            wrong = _too_many(scene, closed)
        if wrong:
            yield write, f"{write.where} to {action.value}: {wrong}"
        before[write.instance] = None


def _wrong(scene: Scene, arn: ContainerInstanceArn, action: SetGate) -> str:
    spec, host = scene.desired.gate, scene.host(arn)
    if spec is None or action.attribute != spec.attribute:
        return "the config has no such gate"
    if host is None:
        return "names no instance" if arn == NOWHERE else "the instance is unknown"
    if not _gated(host):
        return f"the instance is {host.instance.status} or none of ours"
    if _open(scene, host) is action.opened:
        return "it has that value already"
    return _not_ready(scene, host) if action.opened else ""


def _not_ready(scene: Scene, host: Host) -> str:
    """A required daemon that is there and not ready; one that is absent may not belong there."""
    for name, daemon in scene.wanted.items():
        lives = [task for task in scene.own((host.instance.arn, name)) if live(task)]
        if not daemon.spec.required or _may_be_astray(daemon, host):
            continue
        if daemon.spec.once:
            if not has_run(scene, host.instance.arn, daemon):
                return f"{name} has not run there"
            continue
        if lives and not any(reached(DependsOn.READY, task, daemon, scene.now) for task in lives):
            return f"{name} is not ready there"
    return ""


def _may_be_astray(daemon: DesiredDaemon, host: Host) -> bool:
    """Whether it may be there without belonging there: expressions and templates are not asked."""
    spec, found, has = daemon.spec, daemon.definition, host.instance.attributes.values
    if spec.constraints or spec.only_with is not None or "{{" in spec.overrides or found is None:
        return True
    picky = found.os_family or found.cpu_architecture
    return bool(picky) or any(name not in has for name in found.requires)


def _wrong_number(arn: ContainerInstanceArn, before: dict[ContainerInstanceArn, None]) -> str:
    if arn in before:
        return "named twice by one call"
    return f"more than {MOST_ATTRIBUTES} attributes" if len(before) >= MOST_ATTRIBUTES else ""


def _gated(host: Host) -> bool:
    instance = host.instance
    ours = instance.ec2_id.startswith("i-") and not instance.managed
    return ours and instance.status == "ACTIVE"


def _open(scene: Scene, host: Host) -> bool:
    spec = scene.desired.gate
    return spec is not None and host.instance.attributes.values.get(spec.attribute) == "true"


def _closed(scene: Scene) -> int:
    """Gates that are not open, or are about to be closed."""
    return sum(
        1
        for host in scene.observed.hosts.values()
        if _gated(host) and (not _open(scene, host) or _closing(scene, host))
    )


def _closing(scene: Scene, host: Host) -> bool:
    expected = scene.in_flight((host.instance.arn, GATE))
    return expected is not None and expected.kind is Kind.CLOSE


def _too_many(scene: Scene, closed: int) -> str:
    spec = scene.desired.gate
    whole = sum(map(_gated, scene.observed.hosts.values()))
    if spec is None or closed <= spec.max_closed.of(whole):
        return ""
    return f"{closed} of {whole} would be closed, maxClosed is {spec.max_closed}"
