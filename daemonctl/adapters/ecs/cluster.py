"""One ECS cluster behind ports.Cluster."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

import msgspec

from daemonctl.adapters.ecs import marks, starting
from daemonctl.adapters.ecs.addresses import Addresses
from daemonctl.adapters.ecs.buckets import Buckets
from daemonctl.adapters.ecs.caller import Caller
from daemonctl.adapters.ecs.definition import definition
from daemonctl.adapters.ecs.pages import (
    by_hundreds,
    every_page,
    member_of,
    missing_of,
    tell_unanswered,
)
from daemonctl.adapters.ecs.providers import Providers
from daemonctl.adapters.ecs.surroundings import EcsSurroundings
from daemonctl.adapters.ecs.wire import Decoder
from daemonctl.model.cluster import ContainerInstance, Task, TaskDefinition
from daemonctl.model.ids import ContainerInstanceArn, TaskArn, short
from daemonctl.model.plan import PutAttributes, StartTask, StopTask
from daemonctl.ports import (
    ApiError,
    Clock,
    Described,
    Sink,
    StartAnswer,
    Tokens,
    Transport,
    Wire,
)

R = TypeVar("R", bound=ContainerInstance | Task)

_TASK_GONE = "The referenced task was not found"


class EcsCluster:
    """See ports.Cluster.

    ``buckets`` are shared by all clusters of one account and region. With ``private_ips`` the
    instances' private addresses are asked of EC2.
    """

    def __init__(
        self,
        transport: Transport,
        buckets: Buckets,
        cluster_name: str,
        sink: Sink,
        clock: Clock,
        *,
        private_ips: bool = False,
    ) -> None:
        self._name = cluster_name
        self._buckets = buckets
        self._sink = sink
        self._clock = clock
        self._transport = transport
        self._caller = Caller(transport, buckets, sink, clock)
        self._decoder = Decoder()
        self._providers = Providers(self._caller, cluster_name, sink)
        self._addresses = Addresses(transport, cluster_name, sink, wanted=private_ips)
        self._described: dict[ContainerInstanceArn, ContainerInstance] = {}

    @property
    def surroundings(self) -> EcsSurroundings:
        """The services and machines around, within the same API budget."""
        return EcsSurroundings(self._caller, self._transport, self._name)

    async def describe_cluster(self) -> str:
        """See ports.Cluster."""
        operation = "DescribeClusters"
        answer = await self._caller.read(operation, {"clusters": [self._name]})
        for row in member_of(answer, "clusters", operation):
            if row.get("status") != "INACTIVE":
                return str(row["clusterArn"])
        words = f"no active cluster {self._name!r}; check its name, region and roleArn"
        raise ApiError("ClusterNotFoundException", words)

    async def list_container_instances(self) -> tuple[ContainerInstanceArn, ...]:
        """See ports.Cluster."""
        arns = await self._list("ListContainerInstances", "containerInstanceArns", {})
        return tuple(map(ContainerInstanceArn, arns))

    async def describe_container_instances(
        self, arns: Sequence[ContainerInstanceArn]
    ) -> Described[ContainerInstance]:
        """See ports.Cluster."""
        parts = await by_hundreds(
            arns, lambda some: self._describe("containerInstances", some, self._decoder.instance)
        )
        found = [instance for part in parts for instance in part.found]
        missing = tuple(arn for part in parts for arn in part.missing)
        await self._providers.learn([instance.capacity_provider for instance in found])
        await self._addresses.learn(found)
        filled = tuple(self._addresses.fill(self._with_managed(instance)) for instance in found)
        self._remember(filled, missing)
        return Described(filled, missing)

    async def list_tasks(
        self,
        *,
        family: str = "",
        service: str = "",
        started_by: str = "",
        instance: ContainerInstanceArn | None = None,
        stopped: bool = False,
    ) -> tuple[TaskArn, ...]:
        """See ports.Cluster.

        Raises:
            ValueError: another filter beside ``started_by``.
        """
        if started_by:
            if family or service or instance or stopped:
                raise ValueError("ListTasks takes no other filter beside startedBy")
            params = {"startedBy": started_by}
        else:
            params = {"desiredStatus": "STOPPED" if stopped else "RUNNING"}
            if family:
                params["family"] = family
            if service:
                params["serviceName"] = service
            if instance:
                params["containerInstance"] = instance
        try:
            return tuple(map(TaskArn, await self._list("ListTasks", "taskArns", params)))
        except ApiError as error:
            if service and error.code == "ServiceNotFoundException":
                return ()
            raise

    async def describe_tasks(self, arns: Sequence[TaskArn]) -> Described[Task]:
        """See ports.Cluster."""
        parts = await by_hundreds(
            arns, lambda some: self._describe("tasks", some, self.decode_task, include=("TAGS",))
        )
        return Described(
            tuple(task for part in parts for task in part.found),
            tuple(arn for part in parts for arn in part.missing),
        )

    async def list_services(self, *, strategy: str = "") -> tuple[str, ...]:
        """See ports.Cluster."""
        params = {"schedulingStrategy": strategy} if strategy else {}
        return tuple(map(short, await self._list("ListServices", "serviceArns", params)))

    async def describe_task_definition(self, name: str) -> TaskDefinition:
        """See ports.Cluster."""
        answer = await self._caller.read("DescribeTaskDefinition", {"taskDefinition": name})
        try:
            return definition(answer.get("taskDefinition") or {})
        except ValueError as error:
            raise _unreadable("DescribeTaskDefinition", error) from error

    async def start_task(self, action: StartTask) -> StartAnswer:
        """See ports.Cluster."""
        answer = await self._caller.write("StartTask", starting.request(self._name, action))
        paired = starting.pair(action, answer, self._decoder, self._clock.now())
        if paired.unanswered:
            left = [short(arn) for arn in paired.unanswered]
            self._sink.log("warning", "start_unanswered", cluster=self._name, instances=left)
        return paired

    async def stop_task(self, action: StopTask) -> Task | None:
        """See ports.Cluster."""
        params = {"cluster": self._name, "task": action.task, "reason": action.reason}
        try:
            answer = await self._caller.write("StopTask", params)
        except ApiError as error:
            if error.code == "InvalidParameterException" and _TASK_GONE in error.message:
                return None
            raise
        try:
            return self.decode_task(answer.get("task") or {})
        except ValueError as error:
            raise _unreadable("StopTask", error, ambiguous=True) from error

    async def put_attributes(self, action: PutAttributes) -> None:
        """See ports.Cluster."""
        rows = marks.put(action)
        await self._caller.write("PutAttributes", {"cluster": self._name, "attributes": rows})
        for arn in action.instances:
            known = self._described.get(arn)
            if known is not None:  # events may leave the attributes out: then these are taken
                value = action.value_on(arn)
                values = {**known.attributes.values, action.attribute: value}
                fresh = self._decoder.attributes(values)
                self._described[arn] = msgspec.structs.replace(known, attributes=fresh)

    async def drop_attribute(self, name: str, instances: Sequence[ContainerInstanceArn]) -> None:
        """See ports.Cluster."""
        rows = marks.drop(name, instances)
        await self._caller.write("DeleteAttributes", {"cluster": self._name, "attributes": rows})

    async def asking_for(self, attribute: str, services: Sequence[str]) -> tuple[str, ...]:
        """See ports.Cluster."""
        found: list[str] = []
        for at in range(0, len(services), marks.MOST_SERVICES):
            asked = list(services[at : at + marks.MOST_SERVICES])
            params = {"cluster": self._name, "services": asked}
            answer = await self._caller.read("DescribeServices", params)
            rows = member_of(answer, "services", "DescribeServices")
            found += (name for row in rows if (name := marks.asks(row, attribute)))
        return tuple(found)

    def tokens(self) -> Tokens:
        """See ports.Cluster."""
        return self._buckets.tokens()

    def decode_instance(self, detail: Wire) -> ContainerInstance:
        """See ports.Cluster.

        Events may leave out the EC2 id, the attributes and the time of registration, and never say
        the capacity provider: those are taken from the last describe of that instance. One that
        was never described should be: such an event is not the whole truth.
        """
        instance = self._decoder.instance(detail)
        known = self._described.get(instance.arn)
        if known is None:
            return self._with_managed(instance)
        provider = instance.capacity_provider or known.capacity_provider
        return msgspec.structs.replace(
            instance,
            ec2_id=instance.ec2_id or known.ec2_id,
            attributes=known.attributes
            if detail.get("attributes") is None
            else instance.attributes,
            registered_at=instance.registered_at or known.registered_at,
            agent_version=instance.agent_version or known.agent_version,
            private_ip=known.private_ip,
            capacity_provider=provider,
            managed=self._providers.managed(provider),
        )

    def decode_task(self, detail: Wire) -> Task:
        """See ports.Cluster."""
        return self._decoder.task(detail, self._clock.now())

    async def _list(self, operation: str, member: str, params: Wire) -> tuple[str, ...]:
        return await every_page(self._caller, operation, member, {"cluster": self._name, **params})

    async def _describe(
        self,
        kind: str,
        asked: Sequence[str],
        decode: Callable[[Wire], R],
        include: Sequence[str] = (),
    ) -> Described[R]:
        """Describes up to a hundred ``tasks`` or ``containerInstances``."""
        operation = f"Describe{kind[0].upper()}{kind[1:]}"
        params: dict[str, object] = {"cluster": self._name, kind: list(asked)}
        if include:
            params["include"] = list(include)
        answer = await self._caller.read(operation, params)
        missing = missing_of(asked, answer, operation)
        try:
            rows = tuple(decode(row) for row in answer.get(kind) or ())
        except ValueError as error:
            raise _unreadable(operation, error) from error
        tell_unanswered(self._sink, operation, asked, [*missing, *(row.arn for row in rows)])
        return Described(rows, missing)

    def _remember(self, found: Sequence[ContainerInstance], missing: Sequence[str]) -> None:
        for instance in found:
            if instance.status == "INACTIVE":
                self._described.pop(instance.arn, None)
            else:
                self._described[instance.arn] = instance
        for arn in missing:
            self._described.pop(ContainerInstanceArn(arn), None)

    def _with_managed(self, instance: ContainerInstance) -> ContainerInstance:
        managed = self._providers.managed(instance.capacity_provider)
        return msgspec.structs.replace(instance, managed=managed) if managed else instance


def _unreadable(operation: str, error: ValueError, *, ambiguous: bool = False) -> ApiError:
    return ApiError("UnreadableAnswer", f"{operation}: {error}", ambiguous=ambiguous)
