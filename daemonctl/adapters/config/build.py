"""From a config without faults to what the rest of daemonctl reads."""

from __future__ import annotations

from daemonctl.adapters.config.http import http_spec
from daemonctl.adapters.config.schema import (
    CanaryPart,
    Cluster,
    ClusterConsul,
    Config,
    Daemon,
    LeaderElection,
)
from daemonctl.adapters.config.schema import OnlyWith as OnlyWithPart
from daemonctl.adapters.config.tree import Tree
from daemonctl.model.ids import ClusterAlias, DaemonName, Owner, short
from daemonctl.model.overrides import normalise
from daemonctl.model.spec import (
    Breaker,
    Canary,
    ClusterSpec,
    ConsulSpec,
    DaemonSpec,
    Dependency,
    DependsOn,
    Election,
    GateSpec,
    GhostsSpec,
    Installation,
    Limits,
    OnlyWith,
    OnRemove,
    Restart,
    ScaleIn,
    Strategy,
)

_REGION_OF_ARN = 3
_MINUTE = 60.0


def installation(config: Config) -> Installation:
    """The config, with its daemons sorted to their clusters, in the order of the file."""
    return Installation(
        owner=Owner(config.owner),
        clusters=tuple(_cluster(config, row) for row in config.clusters),
        api_budget=config.api_budget,
        http=http_spec(config.http),
    )


def _cluster(config: Config, row: Cluster) -> ClusterSpec:
    alias = row.alias or short(row.name)
    here = (
        daemon for daemon in config.daemons if daemon.clusters is None or alias in daemon.clusters
    )
    return ClusterSpec(
        alias=ClusterAlias(alias),
        name=row.name,
        owner=Owner(config.owner),
        region=row.region or _region(row.name),
        daemons=tuple(map(_daemon, here)),
        role_arn=row.role_arn or "",
        queue_url=row.events.queue_url if row.events else "",
        resync_seconds=row.resync.interval_seconds,
        poll_seconds=row.resync.poll_seconds,
        listing_lag_seconds=row.resync.listing_lag_seconds,
        health_poll_seconds=row.health_poll_seconds,
        consul=_consul(config, row),
        ghosts=_ghosts(config),
        gate=None if row.gate is None else GateSpec(**row.gate.model_dump()),
        scale_in=None
        if row.scale_in is None
        else ScaleIn(
            empty_after_seconds=row.scale_in.empty_after_seconds,
            drain=row.scale_in.action == "DRAIN",
            least_per_zone=row.scale_in.min_instances_per_zone,
        ),
        deregister_after_seconds=row.zombies.deregister_after_seconds if row.zombies else None,
        election=_election(config.leader_election),
        limits=Limits(
            voluntary_stops_per_minute=config.limits.voluntary_stops_per_minute,
            max_cluster_share=config.limits.max_cluster_share,
        ),
    )


def _consul(config: Config, row: Cluster) -> ConsulSpec | None:
    if config.consul is None:
        return None
    here = row.consul or ClusterConsul()
    return ConsulSpec(
        address=config.consul.address,
        token_file=config.consul.token_file or "",
        ca_file=config.consul.ca_file or "",
        node_name=config.consul.node_name,
        datacenter=here.datacenter or "",
        namespace=here.namespace or config.consul.namespace or "",
        partition=here.partition or config.consul.partition or "",
        agent_port=config.consul.agent_port,
    )


def _ghosts(config: Config) -> GhostsSpec | None:
    if config.consul is None or config.consul.ghosts is None:
        return None
    return GhostsSpec(**config.consul.ghosts.model_dump())


def _election(part: LeaderElection | None) -> Election | None:
    if part is None or not part.enabled:
        return None
    return Election(part.ttl_seconds, repair=part.on_store_down == "REPAIR")


def _region(name: str) -> str:
    """The region in a cluster's ARN; of a name none: boto3's own chain has the word."""
    return name.split(":")[_REGION_OF_ARN] if name.startswith("arn:") else ""


def _daemon(row: Daemon) -> DaemonSpec:
    overrides: Tree = row.overrides.model_dump(by_alias=True)
    rollout = row.deployment_configuration
    return DaemonSpec(
        name=DaemonName(row.name),
        task_definition=row.task_definition,
        constraints=tuple(constraint.expression for constraint in row.placement_constraints),
        overrides=normalise(overrides),
        depends_on=tuple(
            Dependency(DaemonName(entry.daemon), DependsOn[entry.condition], entry.restart)
            for entry in row.depends_on
        ),
        agent_alive=row.ready.consul.agent_alive,
        services_registered=row.ready.consul.services_registered,
        min_ready_seconds=row.ready.min_ready_seconds,
        start_timeout_seconds=row.start_timeout_seconds,
        unhealthy_after_seconds=row.unhealthy_after_seconds,
        restart=Restart(
            base_seconds=row.restart.base_seconds,
            max_seconds=row.restart.max_seconds,
            reset_after_seconds=row.restart.reset_after_seconds,
        ),
        max_unavailable=rollout.max_unavailable,
        follow=row.follow is not None,
        strategy=Strategy[rollout.strategy],
        canary=_canary(rollout.canary),
        bake_seconds=rollout.bake_time_in_minutes * _MINUTE,
        per_zone=rollout.per_zone,
        breaker=Breaker(
            enable=rollout.deployment_circuit_breaker.enable,
            rollback=rollout.deployment_circuit_breaker.rollback,
            max_failures=rollout.deployment_circuit_breaker.max_failures,
        ),
        drain_timeout_seconds=row.drain.timeout_seconds,
        only_with=_only_with(row.only_with),
        required=row.only_with is None if row.required is None else row.required,
        make_room=tuple(row.make_room.services) if row.make_room else (),
        once=row.type == "ONCE",
        adopt=row.adopt,
        on_remove=OnRemove[row.on_remove],
        propagate_tags=row.propagate_tags == "TASK_DEFINITION",
        enable_execute_command=row.enable_execute_command,
        tags=tuple((tag.key, tag.value) for tag in row.tags),
    )


def _canary(part: CanaryPart | None) -> Canary:
    if part is None:
        return Canary()
    return Canary(part.instances, part.bake_time_in_minutes * _MINUTE)


def _only_with(row: OnlyWithPart | None) -> OnlyWith | None:
    return None if row is None else OnlyWith(tuple(row.services), row.linger_seconds)
