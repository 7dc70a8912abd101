"""All gates of a cluster opened or removed by hand: for when daemonctl is taken away.

It needs no controller, and none may keep these gates meanwhile: it would set them again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from daemonctl.model.ids import ContainerInstanceArn, short
from daemonctl.model.plan import SetGate
from daemonctl.ports import ApiError, Clock, Cluster

_TENS: Final = 10  # ECS API: attributes in one PutAttributes or DeleteAttributes
_AGAIN_SECONDS: Final = 1.0
_TRIES: Final = 60  # a minute: the API budget is spent by then, or something else is wrong
_PASSING: Final = ("ThrottlingException", "Throttling", "TooManyRequestsException")
_ONE_AT_FAULT: Final = ("AttributeLimitExceededException", "TargetNotFoundException")


class Ungated(Struct, frozen=True):
    """What was done on one cluster."""

    cluster: str
    done: int  # instances
    refused: tuple[str, ...] = ()  # instances with ECS's words


async def ungate(
    alias: str, cluster: Cluster, clock: Clock, attribute: str, *, remove: bool
) -> Ungated:
    """Sets the attribute to ``true`` everywhere, or removes it. Raises ApiError."""
    arns = await cluster.list_container_instances()
    hands = _Hands(cluster, clock, attribute, remove=remove)
    for at in range(0, len(arns), _TENS):
        await hands.write(arns[at : at + _TENS])
    return Ungated(alias, hands.done, tuple(hands.refused))


class _Hands:
    def __init__(self, cluster: Cluster, clock: Clock, attribute: str, *, remove: bool) -> None:
        self._cluster = cluster
        self._clock = clock
        self._attribute = attribute
        self._remove = remove
        self.done = 0
        self.refused: list[str] = []

    async def write(self, arns: Sequence[ContainerInstanceArn]) -> None:
        """All of them in one call; one by one where ECS refuses them together."""
        try:
            await self._patiently(arns)
        except ApiError as error:
            if error.code not in _ONE_AT_FAULT:
                raise
            if len(arns) == 1:
                self.refused.append(f"{short(arns[0])}: {error.code}: {error.message}")
                return
            for arn in arns:
                await self.write([arn])
        else:
            self.done += len(arns)

    async def _patiently(self, arns: Sequence[ContainerInstanceArn]) -> None:
        for left in reversed(range(_TRIES)):
            try:
                await self._call(arns)
            except ApiError as error:
                if not left or not (error.ambiguous or error.code in _PASSING):
                    raise
                await self._clock.sleep(_AGAIN_SECONDS)
            else:
                return

    async def _call(self, arns: Sequence[ContainerInstanceArn]) -> None:
        if self._remove:
            await self._cluster.drop_attribute(self._attribute, arns)
        else:
            words = "gates are opened by hand"
            await self._cluster.put_attributes(SetGate(self._attribute, True, tuple(arns), words))
