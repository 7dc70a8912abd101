"""Hosts that leave with notice: managed draining, lifecycle hooks, spot interruptions.

An auto scaling group that scales in does not just terminate. With managed draining ECS sets the
instance DRAINING and waits until every task on it has stopped, or 48 h; a lifecycle hook waits for
CompleteLifecycleAction or its time-out. The host is terminated once nothing waits any more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from daemonctl.local.world import hosts
from daemonctl.local.world.agenda import happening
from daemonctl.local.world.errors import WorldError
from daemonctl.local.world.events import send, tell_instance
from daemonctl.local.world.fields import Answer, Params, need_text, part, text
from daemonctl.local.world.instance import Leaving

if TYPE_CHECKING:
    from daemonctl.local.world.core import Core
    from daemonctl.local.world.instance import Host, Instance

LIFECYCLE = "EC2 Instance-terminate Lifecycle Action"
SPOT_WARNING = "EC2 Spot Instance Interruption Warning"
SPOT_NOTICE = 120.0
MANAGED_DRAINING = 172_800.0
LOOK = 5.0
"""Seconds between two looks at whether a draining instance is empty (assumption)."""


def scale_in(  # noqa: PLR0917  the facts of one decision
    core: Core, instance: Instance, group: str, hook: str | None, heartbeat: float, now: float
) -> None:  # fmt: skip
    """The group picks this instance: drain it, ask the hook, then terminate."""
    host = instance.host
    if host.id in core.leaving or host.state != "running":
        return
    drains = is_managed(core, instance)
    leaving = Leaving(
        host=host,
        instance=instance,
        group=group,
        hook=hook or "",
        token=core.names.fresh_uuid() if hook else None,
        heartbeat=heartbeat,
        hook_until=now + heartbeat,
        hook_last=now + min(heartbeat * 100, MANAGED_DRAINING),
        drain_until=now + MANAGED_DRAINING if drains else None,
    )
    core.leaving[host.id] = leaving
    if drains:
        drain(core, instance, now)
    if leaving.token is not None:
        _tell_hook(core, leaving, now)
    _look(now, core, leaving)


def interrupt(core: Core, instance: Instance, action: str, now: float) -> None:
    """A spot interruption: the warning goes out 2 minutes ahead, then EC2 takes the host.

    An agent with ECS_ENABLE_SPOT_INSTANCE_DRAINING sets itself DRAINING: a simulated one by a
    switch, a real one when it sees it in its instance metadata.
    """
    host = instance.host
    host.interruption = (action, now + SPOT_NOTICE)
    detail: Answer = {"instance-id": host.id, "instance-action": action}
    send(core, instance.cluster, SPOT_WARNING, _ec2_arn(core, host), detail, now, "aws.ec2")
    if core.switches.spot_draining and instance.connected and instance.agent is None:
        core.agenda.at(now + 1.0, _drain_later, core, instance)
    core.agenda.at(now + SPOT_NOTICE, _taken, core, host, action)


def drain(core: Core, instance: Instance, now: float) -> None:
    """ACTIVE → DRAINING, as UpdateContainerInstancesState does."""
    if instance.status == "ACTIVE":
        instance.status = "DRAINING"
        tell_instance(core, instance, now)
        core.scheduler.instance_changed(instance, now)


def is_managed(core: Core, instance: Instance) -> bool:
    """Its capacity provider drains what the group terminates (managedDraining ENABLED)."""
    provider = core.providers.get(instance.capacity_provider or "", {})
    return text(part(provider, "autoScalingGroupProvider"), "managedDraining") == "ENABLED"


def complete(core: Core, params: Params, now: float) -> Answer:
    """CompleteLifecycleAction: CONTINUE or ABANDON, for a terminating host both let it go."""
    leaving = _named(core, params)
    if text(params, "LifecycleActionResult") not in {"CONTINUE", "ABANDON"}:
        raise WorldError("ValidationError", "LifecycleActionResult must be CONTINUE or ABANDON.")
    leaving.token = None
    _look(now, core, leaving)
    return {}


def heartbeat(core: Core, params: Params, now: float) -> Answer:
    """RecordLifecycleActionHeartbeat: the hook waits its time once more."""
    leaving = _named(core, params)
    leaving.hook_until = min(now + leaving.heartbeat, leaving.hook_last)
    return {}


@happening
def _look(now: float, core: Core, leaving: Leaving) -> None:
    """Terminate once nothing holds the host any more; else look again."""
    host = leaving.host
    if core.leaving.get(host.id) is not leaving:
        return
    hooked = leaving.token is not None and now < leaving.hook_until
    drains = (
        leaving.drain_until is not None
        and now < leaving.drain_until
        and bool(leaving.instance.tasks)
    )
    if host.state != "running" or not (hooked or drains):
        del core.leaving[host.id]
        hosts.terminate(core, host, now)
    else:
        core.agenda.at(now + LOOK, _look, core, leaving)


@happening
def _drain_later(now: float, core: Core, instance: Instance) -> None:
    drain(core, instance, now)


@happening
def _taken(now: float, core: Core, host: Host, action: str) -> None:
    if action == "terminate":
        hosts.terminate(core, host, now)
    else:
        hosts.stop(core, host, now)


def _named(core: Core, params: Params) -> Leaving:
    """The waiting lifecycle action that a request means, by token or by instance.

    Raises:
        WorldError: ValidationError, as auto scaling words it.
    """
    group, hook = need_text(params, "AutoScalingGroupName"), need_text(params, "LifecycleHookName")
    token, name = text(params, "LifecycleActionToken"), text(params, "InstanceId")
    for leaving in core.leaving.values():
        if leaving.token is None or (leaving.group, leaving.hook) != (group, hook):
            continue
        if token == leaving.token or (token is None and name == leaving.host.id):
            return leaving
    raise WorldError("ValidationError", f"No active Lifecycle Action found with instance ID {name}")


def _tell_hook(core: Core, leaving: Leaving, now: float) -> None:
    detail: Answer = {
        "LifecycleActionToken": leaving.token,
        "AutoScalingGroupName": leaving.group,
        "LifecycleHookName": leaving.hook,
        "EC2InstanceId": leaving.host.id,
        "LifecycleTransition": "autoscaling:EC2_INSTANCE_TERMINATING",
        "Origin": "AutoScalingGroup",
        "Destination": "EC2",
    }
    group = f"arn:aws:autoscaling:{core.region}:{core.account}:autoScalingGroup:{leaving.group}"
    send(core, leaving.instance.cluster, LIFECYCLE, group, detail, now, "aws.autoscaling")


def _ec2_arn(core: Core, host: Host) -> str:
    return f"arn:aws:ec2:{core.region}:{core.account}:instance/{host.id}"
