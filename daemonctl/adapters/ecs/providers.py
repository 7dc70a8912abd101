"""Which capacity providers are of the Managed Instances kind."""

from __future__ import annotations

from collections.abc import Sequence

from daemonctl.adapters.ecs.caller import Caller
from daemonctl.adapters.ecs.errors import ACCESS_DENIED
from daemonctl.adapters.ecs.pages import PAGE, member_of
from daemonctl.ports import ApiError, Sink

OPERATION = "DescribeCapacityProviders"


class Providers:
    """Asks once for each provider's kind, which never changes, and remembers it."""

    def __init__(self, caller: Caller, cluster: str, sink: Sink) -> None:
        self._caller = caller
        self._cluster = cluster
        self._sink = sink
        self._managed: dict[str, bool] = {"": False}
        self._denied = False

    def managed(self, name: str) -> bool:
        """Whether a provider is known to be of that kind."""
        return self._managed.get(name, False)

    async def learn(self, names: Sequence[str]) -> None:
        """Looks up the names that are new.

        Where the role may not ask, all count as not managed, and that is logged once.

        Raises:
            ApiError: the look-up failed otherwise; nothing is remembered of those names.
        """
        new = [name for name in dict.fromkeys(names) if name not in self._managed]
        for at in range(0, len(new), PAGE):
            await self._ask(new[at : at + PAGE])

    async def _ask(self, names: list[str]) -> None:
        found: dict[str, bool] = {}
        if not self._denied:
            try:
                # Managed Instances providers belong to a cluster and are only shown for it.
                params = {"capacityProviders": names, "cluster": self._cluster}
                answer = await self._caller.read(OPERATION, params)
            except ApiError as error:
                if error.code not in ACCESS_DENIED:
                    raise
                self._tell(error)
            else:
                for row in member_of(answer, "capacityProviders", OPERATION):
                    found[str(row.get("name"))] = (
                        bool(row.get("managedInstancesProvider"))
                        or row.get("type") == "MANAGED_INSTANCES"
                    )
        for name in names:
            self._managed[name] = found.get(name, False)

    def _tell(self, error: ApiError) -> None:
        self._denied = True
        self._sink.log(
            "warning",
            "capacity_providers_unknown",
            cluster=self._cluster,
            why=error.message,
            next_step=f"allow ecs:{OPERATION}; until then every provider counts as not managed",
        )
