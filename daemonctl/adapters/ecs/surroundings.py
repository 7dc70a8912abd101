"""Services, capacity providers and machines behind ports.surroundings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from daemonctl.adapters.ecs.caller import Caller
from daemonctl.adapters.ecs.pages import member_of
from daemonctl.model.ids import ContainerInstanceArn, Ec2InstanceId, TaskArn, short
from daemonctl.model.surroundings import Service
from daemonctl.ports import Transport

_SERVICES: Final = 10  # in one DescribeServices (API reference)
_TASKS: Final = 100  # in one GetTaskProtection
_MACHINES: Final = 100  # in one DescribeInstances, so that there is one page
_FULL: Final = 100  # per cent


class EcsSurroundings:
    """See ports.surroundings.Surroundings."""

    def __init__(self, caller: Caller, transport: Transport, cluster: str) -> None:
        self._caller = caller
        self._transport = transport
        self._cluster = cluster

    async def services(self, names: Sequence[str]) -> tuple[Service, ...]:
        """See ports.surroundings."""
        found: list[Service] = []
        for at in range(0, len(names), _SERVICES):
            params = {"cluster": self._cluster, "services": list(names[at : at + _SERVICES])}
            answer = await self._caller.read("DescribeServices", params)
            found += [_service(row) for row in answer.get("services") or ()]
        return tuple(found)

    async def protected(self, tasks: Sequence[TaskArn]) -> frozenset[TaskArn]:
        """See ports.surroundings."""
        found: list[TaskArn] = []
        for at in range(0, len(tasks), _TASKS):
            params = {"cluster": self._cluster, "tasks": list(tasks[at : at + _TASKS])}
            answer = await self._caller.read("GetTaskProtection", params)
            rows = answer.get("protectedTasks") or ()
            found += [TaskArn(row["taskArn"]) for row in rows if row.get("protectionEnabled")]
            # What it says nothing of may be protected.
            found += [TaskArn(row["arn"]) for row in answer.get("failures") or () if row.get("arn")]
        return frozenset(found)

    async def half_full(self) -> str:
        """See ports.surroundings."""
        answer = await self._caller.read("DescribeClusters", {"clusters": [self._cluster]})
        names = [
            str(name)
            for row in member_of(answer, "clusters", "DescribeClusters")
            for name in row.get("capacityProviders") or ()
        ]
        if not names:
            return ""
        params = {"capacityProviders": names, "cluster": self._cluster}
        answer = await self._caller.read("DescribeCapacityProviders", params)
        for row in member_of(answer, "capacityProviders", "DescribeCapacityProviders"):
            scaling = (row.get("autoScalingGroupProvider") or {}).get("managedScaling") or {}
            target = scaling.get("targetCapacity", _FULL)
            if scaling.get("status") == "ENABLED" and target < _FULL:
                return f"{row.get('name')} (targetCapacity {target})"
        return ""

    async def machines(self, ids: Sequence[Ec2InstanceId]) -> Mapping[Ec2InstanceId, str]:
        """See ports.surroundings."""
        found: dict[Ec2InstanceId, str] = {}
        for at in range(0, len(ids), _MACHINES):
            # A filter and not InstanceIds: one id that EC2 does not know would refuse them all.
            wanted = [{"Name": "instance-id", "Values": list(ids[at : at + _MACHINES])}]
            answer = await self._transport.call("ec2", "DescribeInstances", {"Filters": wanted})
            for reservation in answer.get("Reservations") or ():
                for row in reservation.get("Instances") or ():
                    state = (row.get("State") or {}).get("Name") or "unknown"
                    found[Ec2InstanceId(row["InstanceId"])] = state
        return found

    async def drain(self, arns: Sequence[ContainerInstanceArn]) -> tuple[str, ...]:
        """See ports.surroundings."""
        params = {
            "cluster": self._cluster,
            "containerInstances": list(arns),
            "status": "DRAINING",
        }
        answer = await self._caller.write("UpdateContainerInstancesState", params)
        return tuple(
            f"{short(row.get('arn') or '?')}: {row.get('reason')}"
            for row in answer.get("failures") or ()
        )

    async def deregister(self, arn: ContainerInstanceArn) -> None:
        """See ports.surroundings."""
        params = {"cluster": self._cluster, "containerInstance": arn, "force": True}
        await self._caller.write("DeregisterContainerInstance", params)


def _service(row: Mapping[str, Any]) -> Service:
    deployments = row.get("deployments") or ()
    states = [one.get("rolloutState", "COMPLETED") for one in deployments]
    given = row.get("deploymentConfiguration") or {}
    return Service(
        name=str(row["serviceName"]),
        desired=int(row.get("desiredCount") or 0),
        running=int(row.get("runningCount") or 0),
        pending=int(row.get("pendingCount") or 0),
        deploying=len(states) != 1 or states[0] != "COMPLETED",
        least_healthy=int(given.get("minimumHealthyPercent", _FULL)),
        strategy=str(row.get("schedulingStrategy", "REPLICA")),
        status=str(row.get("status", "ACTIVE")),
    )
