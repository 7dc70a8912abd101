"""Whether a daemon should run on an instance."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import Enum, auto

from daemonctl.model.cluster import ContainerInstance, TaskDefinition
from daemonctl.model.observed import Host
from daemonctl.model.reason import Code, Verdict
from daemonctl.planning.course import Aim
from daemonctl.planning.overrides import render
from daemonctl.planning.query import matches
from daemonctl.planning.query import render as spell
from daemonctl.planning.rules import Rule


class Should(Enum):
    """What an instance asks of its daemons, whichever they are."""

    RUN = auto()
    KEEP = auto()  # the agent is disconnected: leave its tasks, start nothing
    LEAVE = auto()  # DRAINING, not ACTIVE, or without its EC2 id: start nothing, displace nothing
    NO = auto()  # not an instance that daemonctl places on


def should(instance: ContainerInstance) -> Should:
    """What the instance's own state says."""
    elsewhere = instance.ec2_id and not instance.ec2_id.startswith("i-")
    if instance.managed or elsewhere:
        return Should.NO
    if instance.status != "ACTIVE" or not instance.ec2_id:
        return Should.LEAVE
    return Should.RUN if instance.connected else Should.KEEP


def unplaceable(instance: ContainerInstance) -> Verdict:
    """Why no daemon is placed on an instance that says NO."""
    if instance.managed:
        words = "ECS Managed Instances look after their own daemons"
    else:
        words = f"not an EC2 instance ({instance.ec2_id}): EXTERNAL"
    return Verdict(Code.INELIGIBLE, words)


class InstanceSubject:
    """A host as the query language asks about it."""

    __slots__ = ("_host",)

    def __init__(self, host: Host) -> None:
        self._host = host

    def values(self, subject: str) -> tuple[str, ...] | None:
        """The values of one subject, None where it does not exist."""
        instance = self._host.instance
        if subject.startswith("attribute:"):
            value = instance.attributes.values.get(subject.removeprefix("attribute:"))
            return None if value is None else (value,)
        if subject == "task:group":
            return tuple(dict.fromkeys(t.group for t in self._host.tasks if t.live))
        plain = {
            "agentConnected": str(instance.connected).lower(),
            "agentVersion": instance.agent_version,
            "ec2InstanceId": instance.ec2_id,
            "registeredAt": _iso(instance.registered_at),
            "runningTasksCount": str(instance.running_tasks),
        }.get(subject, "")
        return (plain,) if plain else None


def mismatch(rule: Rule, aim: Aim | None, host: Host) -> str:
    """Why the daemon does not belong on this host, "" where it does."""
    attributes = host.instance.attributes
    if not rule.by_attributes or aim is None:
        return _mismatch(rule, aim, host)
    known = aim.misfits.get(attributes)
    if known is None:
        known = aim.misfits[attributes] = _mismatch(rule, aim, host)
    return known


def gate(rule: Rule, host: Host) -> str:
    """The constraint that keeps a start back for now, "" where none does."""
    subject = InstanceSubject(host)
    for expression in rule.gating:
        if not matches(expression, subject):
            return f"placement constraint does not match: {spell(expression)}"
    return ""


def overrides_for(aim: Aim, instance: ContainerInstance, cluster: str) -> str:
    """A revision's overrides on this instance.

    Raises:
        MissingValueError: The instance lacks a value that the template asks for.
    """
    template = aim.revision.overrides
    if not template:
        return ""
    key = (instance.attributes, instance.private_ip, instance.ec2_id)
    known = aim.rendered.get(instance.arn)
    if known is None or known[0] != key:
        known = aim.rendered[instance.arn] = (key, render(template, instance, cluster))
    return known[1]


def _mismatch(rule: Rule, aim: Aim | None, host: Host) -> str:
    subject = InstanceSubject(host)
    for expression in rule.displacing:
        if not matches(expression, subject):
            return f"placement constraint does not match: {spell(expression)}"
    return "" if aim is None else _lacking(aim.definition, host.instance)


def _lacking(definition: TaskDefinition, instance: ContainerInstance) -> str:
    has = instance.attributes.values
    if not has:  # an instance that tells no attributes: ECS will say
        return ""
    absent = [name for name in definition.requires if name not in has]
    if absent:
        return f"the instance lacks attributes that the task requires: {', '.join(absent)}"
    system = has.get("ecs.os-type", "linux")
    if definition.os_family and not definition.os_family.lower().startswith(system.lower()):
        return f"the task is for {definition.os_family}, the instance runs {system}"
    processor = has.get("ecs.cpu-architecture", "")
    wanted = definition.cpu_architecture
    if wanted and processor and wanted.lower() != processor.lower():
        return f"the task is for {wanted}, the instance is {processor}"
    return ""


def _iso(seconds: float | None) -> str:
    return "" if seconds is None else datetime.fromtimestamp(seconds, UTC).isoformat()
