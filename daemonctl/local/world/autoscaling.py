"""Auto scaling's part in the end of a host: termination hooks, and a group that scales in.

Source: facts §4 (lifecycle actions) and §2 (managed draining). There are no groups that grow:
hosts are added by hand, and each belongs to the group of its capacity provider, or to "local".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from daemonctl.local.world import leaving
from daemonctl.local.world.errors import WorldError
from daemonctl.local.world.fields import Answer, Params, need_text, number, part, text, texts

if TYPE_CHECKING:
    from daemonctl.local.world.core import Core
    from daemonctl.local.world.instance import Host
    from daemonctl.local.world.operations import Handler

TERMINATING = "autoscaling:EC2_INSTANCE_TERMINATING"
NO_GROUP = "local"
LEAST_HEARTBEAT, MOST_HEARTBEAT, HEARTBEAT = 30, 7200, 3600


def put_hook(core: Core, params: Params, _now: float) -> Answer:
    """PutLifecycleHook, for terminating instances."""
    group, name = need_text(params, "AutoScalingGroupName"), need_text(params, "LifecycleHookName")
    if (text(params, "LifecycleTransition") or TERMINATING) != TERMINATING:
        raise WorldError("ValidationError", f"The local ECS knows hooks of {TERMINATING} only.")
    heartbeat = number(params, "HeartbeatTimeout")
    heartbeat = HEARTBEAT if heartbeat is None else heartbeat
    if not LEAST_HEARTBEAT <= heartbeat <= MOST_HEARTBEAT:
        raise WorldError("ValidationError", "HeartbeatTimeout must be between 30 and 7200 seconds.")
    core.hooks.setdefault(group, {})[name] = float(heartbeat)
    return {}


def delete_hook(core: Core, params: Params, _now: float) -> Answer:
    """DeleteLifecycleHook."""
    group, name = need_text(params, "AutoScalingGroupName"), need_text(params, "LifecycleHookName")
    if core.hooks.get(group, {}).pop(name, None) is None:
        raise WorldError("ValidationError", f"No Lifecycle Hook found with name {name}")
    return {}


def describe_hooks(core: Core, params: Params, _now: float) -> Answer:
    """DescribeLifecycleHooks of one group; the time-out's result is ABANDON."""
    group, names = need_text(params, "AutoScalingGroupName"), texts(params, "LifecycleHookNames")
    return {
        "LifecycleHooks": [
            {
                "AutoScalingGroupName": group,
                "LifecycleHookName": name,
                "LifecycleTransition": TERMINATING,
                "HeartbeatTimeout": int(heartbeat),
                "GlobalTimeout": int(min(heartbeat * 100, leaving.MANAGED_DRAINING)),
                "DefaultResult": "ABANDON",
            }
            for name, heartbeat in core.hooks.get(group, {}).items()
            if not names or name in names
        ]
    }


def terminate(core: Core, params: Params, now: float) -> Answer:
    """TerminateInstanceInAutoScalingGroup: drain and hook first, as the group is set up."""
    host_id = need_text(params, "InstanceId")
    host = core.hosts.get(host_id)
    if host is None or host.state in {"shutting-down", "terminated"}:
        raise WorldError(
            "ValidationError", f"Instance Id not found - No managed instance {host_id}"
        )
    instance = core.any_instance(host_id)
    group = group_of(core, host)
    hook, heartbeat = next(iter(core.hooks.get(group, {}).items()), (None, float(HEARTBEAT)))
    leaving.scale_in(core, instance, group, hook, heartbeat, now)
    return {
        "Activity": {
            "ActivityId": core.names.fresh_uuid(),
            "AutoScalingGroupName": group,
            "Description": f"Terminating EC2 instance: {host_id}",
            "Cause": f"instance {host_id} was taken out of service in response to a user request.",
            "StartTime": now,
            "StatusCode": "MidTerminatingLifecycleAction" if hook else "InProgress",
            "Progress": 0,
        }
    }


def group_of(core: Core, host: Host) -> str:
    """The group that a host's capacity provider is made over, by the name in its ARN."""
    provider = core.providers.get(core.any_instance(host.id).capacity_provider or "", {})
    arn = text(part(provider, "autoScalingGroupProvider"), "autoScalingGroupArn") or ""
    return arn.rpartition("autoScalingGroupName/")[2] or NO_GROUP


OPERATIONS: dict[str, Handler] = {
    "CompleteLifecycleAction": leaving.complete,
    "DeleteLifecycleHook": delete_hook,
    "DescribeLifecycleHooks": describe_hooks,
    "PutLifecycleHook": put_hook,
    "RecordLifecycleActionHeartbeat": leaving.heartbeat,
    "TerminateInstanceInAutoScalingGroup": terminate,
}
