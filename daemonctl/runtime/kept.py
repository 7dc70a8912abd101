"""A cluster of this process, as the fleet and its callers see it: led here, or stood by for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from daemonctl.model.ids import ClusterAlias, DaemonName
from daemonctl.model.rollout import Rollout
from daemonctl.model.spec import ClusterSpec
from daemonctl.runtime.commands import Answer, Command
from daemonctl.runtime.liveness import LoopTurn
from daemonctl.runtime.report_source import ClusterState, LiveCluster


class NotLeadingError(Exception):
    """Another replica leads the cluster: ask there.

    ``address`` is that of its API, "" where none is known.
    """

    def __init__(self, alias: ClusterAlias, words: str, address: str = "") -> None:
        super().__init__(words)
        self.alias = alias
        self.address = address


class Kept(LiveCluster, Protocol):
    """One cluster of the config."""

    def start(self) -> None:
        """Begins, in the running event loop."""
        ...

    async def stop(self) -> None:
        """Begins nothing new, waits for calls in flight for a while, and ends."""
        ...

    def replace(self, spec: ClusterSpec) -> None:
        """The config of the same cluster changed. View and events go on."""
        ...

    def inherit(self, before: ClusterState) -> None:
        """Takes over what an operator has said of this cluster."""
        ...

    def follow_by(self, may_follow: Callable[[DaemonName, float], bool]) -> None:
        """Who says whether this cluster may take a revision that was registered since."""
        ...

    @property
    def looked_up_at(self) -> float | None: ...  # when task definitions were last looked up

    def rollout_of(self, name: DaemonName) -> Rollout | None:
        """Where a daemon stands between its revisions; None while that is not known."""
        ...

    async def order(self, command: Command) -> Answer:
        """Carries an operator's command out. Raises NotLeadingError."""
        ...

    def loops(self) -> Sequence[LoopTurn]:
        """When each loop last came round."""
        ...
