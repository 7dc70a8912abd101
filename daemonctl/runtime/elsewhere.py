"""How rollouts stand on a cluster that another replica leads: read from the store, now and then.

``follow: LATEST`` takes new revisions to one cluster after the other, whoever leads them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from daemonctl.model.ids import ClusterAlias, DaemonName, Owner
from daemonctl.model.rollout import Rollout
from daemonctl.model.stored import SchemaError, root, unpack
from daemonctl.ports import Clock
from daemonctl.ports.consul import Store, StoreError
from daemonctl.runtime.keeper import SCHEMA

_EVERY: Final = 30.0  # seconds between two looks
_KEYS: Final = "rollouts/"


class Elsewhere:
    """``behind`` is how much later than its leader, in seconds, this may know of a revision."""

    def __init__(
        self, store: Store, owner: Owner, alias: ClusterAlias, clock: Clock, *, behind: float
    ) -> None:
        self.looked_up_at: float | None = None
        self._store = store
        self._owner = owner
        self._alias = alias
        self._clock = clock
        self._behind = behind
        self._rollouts: dict[DaemonName, Rollout] = {}

    def rollout_of(self, name: DaemonName) -> Rollout | None:
        """Where a daemon stands there, None while that is not known."""
        return self._rollouts.get(name)

    async def run(self, cluster_arn: str, wanted: Callable[[], bool]) -> None:
        """Looks for ever, while it is ``wanted``."""
        prefix = root(self._owner, cluster_arn, self._alias) + _KEYS
        while True:
            if wanted():
                await self._look(prefix)
            await self._clock.sleep(_EVERY)

    async def _look(self, prefix: str) -> None:
        began = self._clock.now()
        try:
            found = await self._store.list(prefix)
            self._rollouts = {
                DaemonName(each.key.removeprefix(prefix)): unpack(each.value, Rollout, SCHEMA)
                for each in found
            }
        except (StoreError, SchemaError):
            self._rollouts, self.looked_up_at = {}, None  # not known: whoever follows waits
        else:
            self.looked_up_at = began - self._behind
