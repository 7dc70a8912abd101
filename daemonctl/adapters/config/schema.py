"""The config's keys, their kinds and their defaults, as interface.md has them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from daemonctl.adapters.config.http import Http
from daemonctl.adapters.config.kinds import (
    AliasText,
    AttributeText,
    ClusterText,
    ConsulText,
    DaemonText,
    DatacenterText,
    DefinitionText,
    FileText,
    NamespaceText,
    OwnerText,
    Part,
    QueueText,
    RegionText,
    RoleText,
    Seconds,
    ServiceText,
    ShareValue,
    SomeSeconds,
    bad,
)
from daemonctl.adapters.config.overrides import Overrides
from daemonctl.model.spec import Share
from daemonctl.planning.groups import matched_by_pattern
from daemonctl.planning.query import QueryError, parse

OWN_TAGS = 4
"""daemonctl:owner, :daemon, :revision and :rollback-of; a task has at most 50 with them."""


BakeMinutes = Annotated[float, Field(ge=0, le=1440)]
"""As long as ECS's own bake times may be, at most a day (API reference)."""


class Events(Part):
    """``clusters[].events``."""

    queue_url: QueueText


class Resync(Part):
    """``clusters[].resync``."""

    interval_seconds: Annotated[float, Field(ge=1)] = 600.0
    poll_seconds: Annotated[float, Field(ge=1)] = 30.0
    listing_lag_seconds: Annotated[float, Field(ge=1, le=600)] = 60.0


class ClusterConsul(Part):
    """``clusters[].consul``."""

    datacenter: DatacenterText | None = None
    namespace: NamespaceText | None = None
    partition: NamespaceText | None = None


class Gate(Part):
    """``clusters[].gate``."""

    attribute: AttributeText = "daemonctl.ready"
    open_after_seconds: Seconds = 5.0
    close_after_seconds: Seconds = 30.0
    max_closed: ShareValue = Share(20, percent=True)


class MakeRoom(Part):
    """``daemons[].makeRoom``."""

    services: Annotated[list[ServiceText], Field(min_length=1)]


class ScaleIn(Part):
    """``clusters[].scaleIn``."""

    empty_after_seconds: SomeSeconds = 900.0
    action: Literal["REPORT", "DRAIN"] = "REPORT"
    min_instances_per_zone: Annotated[int, Field(ge=0)] = 1


class Zombies(Part):
    """``clusters[].zombies``."""

    deregister_after_seconds: Annotated[float, Field(ge=300)]


class Cluster(Part):
    """``clusters[]``."""

    name: ClusterText
    alias: AliasText | None = None
    region: RegionText | None = None
    role_arn: RoleText | None = None
    events: Events | None = None
    resync: Resync = Resync()
    consul: ClusterConsul | None = None
    gate: Gate | None = None
    health_poll_seconds: Annotated[float, Field(ge=1)] = 60.0
    scale_in: ScaleIn | None = None
    zombies: Zombies | None = None


class Limits(Part):
    """``limits``."""

    voluntary_stops_per_minute: Annotated[int, Field(ge=0)] = 60
    max_cluster_share: ShareValue = Share(30, percent=True)


class Ghosts(Part):
    """``consul.ghosts``."""

    remove: bool = True
    force_leave: bool = True
    per_minute: Annotated[int, Field(ge=1)] = 20
    max_share: ShareValue = Share(10, percent=True)


class Consul(Part):
    """``consul``."""

    address: ConsulText
    token_file: FileText | None = None
    ca_file: FileText | None = None
    node_name: Annotated[str, Field(min_length=1)] = "{{ec2InstanceId}}"
    ghosts: Ghosts | None = None
    namespace: NamespaceText | None = None
    partition: NamespaceText | None = None
    agent_port: Annotated[int, Field(ge=1, le=65_535)] = 8500


class LeaderElection(Part):
    """``leaderElection``. Consul takes sessions of 10 s to a day (API: TTL)."""

    enabled: bool = True
    ttl_seconds: Annotated[float, Field(ge=10, le=86400)] = 15.0
    on_store_down: Literal["REPAIR", "WAIT"] = "REPAIR"


def _expression(text: str) -> str:
    try:
        expression = parse(text)
    except QueryError as error:
        raise bad(f"no expression of the cluster query language: {error}") from None
    if matched_by_pattern(expression):
        raise bad("task:group with a pattern is not supported: name the groups, with == or in")
    return text


class Constraint(Part):
    """``daemons[].placementConstraints[]``."""

    type: Literal["memberOf"]
    expression: Annotated[str, AfterValidator(_expression)]


class DependsOn(Part):
    """``daemons[].dependsOn[]``."""

    daemon: DaemonText
    condition: Literal["START", "HEALTHY", "READY", "SUCCESS"] = "READY"
    restart: bool = False


class ReadyConsul(Part):
    """``daemons[].ready.consul``."""

    agent_alive: bool = False
    services_registered: bool = False


class Ready(Part):
    """``daemons[].ready``."""

    min_ready_seconds: Seconds = 0.0
    consul: ReadyConsul = ReadyConsul()


class Restart(Part):
    """``daemons[].restart``."""

    base_seconds: SomeSeconds = 1.0
    max_seconds: SomeSeconds = 900.0
    reset_after_seconds: Seconds = 600.0


class OnlyWith(Part):
    """``daemons[].onlyWith``."""

    services: Annotated[list[ServiceText], Field(min_length=1)]
    linger_seconds: Seconds = 300.0


class Drain(Part):
    """``daemons[].drain``."""

    timeout_seconds: Seconds = 600.0


class CanaryPart(Part):
    """``daemons[].deploymentConfiguration.canary``."""

    instances: Annotated[int, Field(ge=1)] = 1
    bake_time_in_minutes: BakeMinutes = 5.0


class CircuitBreaker(Part):
    """``daemons[].deploymentConfiguration.deploymentCircuitBreaker``."""

    enable: bool = True
    rollback: bool = True
    max_failures: Annotated[int, Field(ge=1)] = 3


class Deployment(Part):
    """``daemons[].deploymentConfiguration``."""

    strategy: Literal["ROLLING", "ON_DELETE"] = "ROLLING"
    max_unavailable: ShareValue = Share(10, percent=True)
    canary: CanaryPart | None = None
    bake_time_in_minutes: BakeMinutes = 0.0
    per_zone: bool = False
    deployment_circuit_breaker: CircuitBreaker = CircuitBreaker()


def _tag_text(text: str) -> str:
    """API reference, Tag: what any AWS service takes; nobody may use AWS's prefix."""
    if text.lower().startswith("aws:"):
        raise bad("must not begin with aws:, which AWS keeps for itself")
    if text.startswith("daemonctl:"):
        raise bad("must not begin with daemonctl:, which marks what daemonctl starts")
    if not all(c.isalpha() or c.isnumeric() or c.isspace() or c in "_.:/=+-@" for c in text):
        raise bad("may hold letters, digits, spaces and _ . : / = + - @")
    return text


class Tag(Part):
    """``daemons[].tags[]``."""

    key: Annotated[str, Field(min_length=1, max_length=128), AfterValidator(_tag_text)]
    value: Annotated[str, Field(max_length=256), AfterValidator(_tag_text)] = ""


class Daemon(Part):
    """``daemons[]``."""

    name: DaemonText
    clusters: Annotated[list[AliasText], Field(min_length=1)] | None = None
    task_definition: DefinitionText
    follow: Literal["LATEST"] | None = None
    placement_constraints: Annotated[list[Constraint], Field(default_factory=list, max_length=10)]
    overrides: Overrides = Overrides()
    depends_on: list[DependsOn] = Field(default_factory=list)
    ready: Ready = Ready()
    start_timeout_seconds: SomeSeconds = 300.0
    unhealthy_after_seconds: SomeSeconds = 60.0
    restart: Restart = Restart()
    deployment_configuration: Deployment = Deployment()
    drain: Drain = Drain()
    only_with: OnlyWith | None = None
    required: bool | None = None
    make_room: MakeRoom | None = None
    adopt: bool = False
    on_remove: Literal["KEEP", "STOP"] = "KEEP"
    type: Literal["DAEMON", "ONCE"] = "DAEMON"
    propagate_tags: Literal["TASK_DEFINITION", "NONE"] = "NONE"
    enable_execute_command: bool = False
    tags: Annotated[list[Tag], Field(default_factory=list, max_length=50 - OWN_TAGS)]


class Config(Part):
    """The whole file."""

    owner: OwnerText
    clusters: Annotated[list[Cluster], Field(min_length=1)]
    api_budget: Annotated[float, Field(gt=0, le=1)] = 0.5
    limits: Limits = Limits()
    consul: Consul | None = None
    leader_election: LeaderElection | None = None
    http: Http = Http()
    daemons: list[Daemon]
