"""Private addresses: ECS does not tell them, EC2 does. Asked only where overrides want them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec import structs

from daemonctl.adapters.ecs.errors import ACCESS_DENIED
from daemonctl.model.cluster import ContainerInstance
from daemonctl.model.ids import Ec2InstanceId
from daemonctl.ports import ApiError, Sink, Transport

OPERATION = "DescribeInstances"
PAGE = 100
"""Ids in one call; more would need paging (EC2 API reference, DescribeInstances)."""


class Addresses:
    """Asks once for each EC2 instance: its primary private address stays as long as it lives."""

    def __init__(self, transport: Transport, cluster: str, sink: Sink, *, wanted: bool) -> None:
        self._transport = transport
        self._cluster = cluster
        self._sink = sink
        self._wanted = wanted
        self._known: dict[Ec2InstanceId, str] = {}
        self._told = False

    def fill(self, instance: ContainerInstance) -> ContainerInstance:
        """The instance with its address, where that is known."""
        address = self._known.get(instance.ec2_id, "")
        return structs.replace(instance, private_ip=address) if address else instance

    async def learn(self, instances: Iterable[ContainerInstance]) -> None:
        """Looks up the ones that are new.

        Where the role may not ask, no address is known, and that is logged once: a daemon whose
        overrides ask for one says so on each instance.

        Raises:
            ApiError: the look-up failed otherwise.
        """
        if not self._wanted:
            return
        ids = dict.fromkeys(i.ec2_id for i in instances if i.ec2_id.startswith("i-"))
        new = [one for one in ids if one not in self._known]
        for at in range(0, len(new), PAGE):
            await self._ask(new[at : at + PAGE])

    async def _ask(self, ids: Sequence[Ec2InstanceId]) -> None:
        # A filter and not InstanceIds: one id that EC2 does not know would refuse them all.
        params = {"Filters": [{"Name": "instance-id", "Values": list(ids)}]}
        token = ""
        while True:
            more = {"NextToken": token} if token else {}
            try:
                answer = await self._transport.call("ec2", OPERATION, {**params, **more})
            except ApiError as error:
                if error.code not in ACCESS_DENIED:
                    raise
                self._denied(error)
                return
            for reservation in answer.get("Reservations") or ():
                for row in reservation.get("Instances") or ():
                    if row.get("PrivateIpAddress"):
                        self._known[Ec2InstanceId(row["InstanceId"])] = row["PrivateIpAddress"]
            token = answer.get("NextToken") or ""
            if not token:
                return

    def _denied(self, error: ApiError) -> None:
        if not self._told:
            self._told = True
            self._sink.log(
                "warning",
                "private_addresses_unknown",
                cluster=self._cluster,
                why=error.message,
                next_step=f"allow ec2:{OPERATION}, or leave {{{{privateIp}}}} out of the overrides",
            )
