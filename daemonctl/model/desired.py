"""What should be on a cluster: the daemons, with their task definitions looked up in ECS."""

from __future__ import annotations

from msgspec import Struct

from daemonctl.model.cluster import TaskDefinition
from daemonctl.model.ids import ClusterAlias, Owner
from daemonctl.model.rollout import Revision
from daemonctl.model.spec import DaemonSpec, GateSpec, Limits


class DesiredDaemon(Struct, frozen=True):
    """A daemon and the revision it should run; without one, ``fault`` says why.

    ``known`` are further revisions of its task definition: running ones, and those that its
    rollout may have to go back to.
    """

    spec: DaemonSpec
    definition: TaskDefinition | None
    fault: str = ""
    known: tuple[TaskDefinition, ...] = ()

    @property
    def wanted(self) -> Revision | None:
        """What the config asks for, None where its definition is not to be had."""
        if self.definition is None:
            return None
        return Revision(self.definition.arn, self.spec.overrides)


class Desired(Struct, frozen=True):
    """Everything that a plan for one cluster is asked to bring about."""

    cluster: ClusterAlias
    cluster_name: str  # as the {{cluster}} template gives it
    owner: Owner
    daemons: tuple[DesiredDaemon, ...]
    removed: tuple[DaemonSpec, ...] = ()  # out of the config: what they left behind is stopped
    limits: Limits = Limits()
    listing_lag_seconds: float = 60.0  # by which ECS's lists may trail the truth
    stale_after_seconds: float = 1260.0  # a view older than this makes no action
    first_look_seconds: float = (
        660.0  # no voluntary stop earlier than this after the first full view
    )
    health_poll_seconds: float = 60.0  # how old what is known of a HEALTHY task may get
    gate: GateSpec | None = None
    node_name: str = ""  # of a Consul agent without meta, a template; "" if none is looked for
