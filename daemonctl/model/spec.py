"""What the operator asks for, once the config is checked: defaults in, units in seconds."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct

from daemonctl.model.ids import ClusterAlias, DaemonName, Owner
from daemonctl.model.loopback import is_loopback

DRAIN_TIMEOUT_SECONDS = 600.0
"""So long daemons on a DRAINING instance wait for others' standalone tasks, unless told otherwise.
"""


class DependsOn(StrEnum):
    """What a dependency must have reached on an instance before its dependent starts there."""

    START = "START"  # a task of it is RUNNING
    HEALTHY = "HEALTHY"  # RUNNING, and HEALTHY where it has a container health check
    READY = "READY"  # everything in its `ready` block
    SUCCESS = "SUCCESS"  # of a daemon that runs once: it has ended there with exit code 0


class Dependency(Struct, frozen=True):
    """One entry of ``dependsOn``."""

    daemon: DaemonName
    condition: DependsOn = DependsOn.READY
    restart: bool = False  # the dependent is restarted once this was replaced


class Restart(Struct, frozen=True):
    """Backoff between starts on one instance: base, doubled by each failure up to the maximum.

    A task that ran ``reset_after_seconds`` ends the series of failures before it.
    """

    base_seconds: float = 1.0
    max_seconds: float = 900.0
    reset_after_seconds: float = 600.0


class OnRemove(StrEnum):
    """What becomes of a daemon's tasks when it is taken out of the config."""

    KEEP = "KEEP"  # they run on, as orphans
    STOP = "STOP"


class Share(Struct, frozen=True):
    """A count, or per cent of a whole rounded down, at least 1."""

    value: int
    percent: bool = False

    def of(self, whole: int) -> int:
        """How many of ``whole``."""
        return max(1, whole * self.value // 100) if self.percent else self.value

    def __str__(self) -> str:
        return f"{self.value}%" if self.percent else str(self.value)


class OnlyWith(Struct, frozen=True):
    """``onlyWith``: the daemon runs where a task of one of these services does."""

    services: tuple[str, ...]  # names, ``*`` for any characters
    linger_seconds: float = 300.0


class Strategy(StrEnum):
    """Who ends the tasks of an old revision."""

    ROLLING = "ROLLING"  # daemonctl, within the budget
    ON_DELETE = "ON_DELETE"  # the operator; what is gone comes back with the new revision


class Canary(Struct, frozen=True):
    """The instances that are updated before all others, and how long they are watched."""

    instances: int = 0
    bake_seconds: float = 0.0


class Breaker(Struct, frozen=True):
    """When a rollout is halted, and whether it goes back to the last good revision by itself."""

    enable: bool = True
    rollback: bool = True
    max_failures: int = 3  # instances


class DaemonSpec(Struct, frozen=True):
    """One daemon of the config."""

    name: DaemonName
    task_definition: str  # a family, family:revision or an ARN, as written
    constraints: tuple[str, ...] = ()  # memberOf expressions; all must match
    overrides: str = ""  # JSON text with {{templates}}, "" for none
    depends_on: tuple[Dependency, ...] = ()
    min_ready_seconds: float = 0.0
    agent_alive: bool = False  # ready.consul.agentAlive
    services_registered: bool = False  # ready.consul.servicesRegistered
    start_timeout_seconds: float = 300.0
    unhealthy_after_seconds: float = 60.0
    restart: Restart = Restart()
    max_unavailable: Share = Share(10, percent=True)
    drain_timeout_seconds: float = (
        DRAIN_TIMEOUT_SECONDS  # so long it waits for others' standalone tasks
    )
    only_with: OnlyWith | None = None
    follow: bool = False  # roll out new revisions of the family as they are registered
    strategy: Strategy = Strategy.ROLLING
    canary: Canary = Canary()
    bake_seconds: float = 0.0  # how long all are watched before the revision counts as good
    per_zone: bool = False
    breaker: Breaker = Breaker()
    required: bool = True
    once: bool = False  # one successful run per instance and revision, then nothing
    adopt: bool = False  # tasks of its family that nobody else holds are its own
    on_remove: OnRemove = OnRemove.KEEP
    make_room: tuple[str, ...] = ()  # services whose tasks may give way, names or patterns
    propagate_tags: bool = False  # from the task definition
    enable_execute_command: bool = False
    tags: tuple[tuple[str, str], ...] = ()


class ScaleIn(Struct, frozen=True):
    """What becomes of instances that hold nothing but daemons."""

    empty_after_seconds: float = 900.0
    drain: bool = False  # else they are reported only
    least_per_zone: int = 1


class Limits(Struct, frozen=True):
    """Caps on what may be stopped although it runs."""

    voluntary_stops_per_minute: int = 60
    max_cluster_share: Share = Share(30, percent=True)


class GateSpec(Struct, frozen=True):
    """An attribute that says on which instances all required daemons are ready."""

    attribute: str = "daemonctl.ready"
    open_after_seconds: float = 5.0
    close_after_seconds: float = 30.0
    max_closed: Share = Share(20, percent=True)


class ConsulSpec(Struct, frozen=True):
    """Where Consul is, as a cluster sees it. Files are read when they are needed."""

    address: str  # http://host:port or https://…
    token_file: str = ""
    ca_file: str = ""
    node_name: str = "{{ec2InstanceId}}"  # of an agent that carries no meta
    datacenter: str = ""  # "" for that of the Consul at the address
    namespace: str = ""  # of the services, where Consul has namespaces; "" for the token's own
    partition: str = ""  # likewise
    agent_port: int = 8500  # of the HTTP API of the agents on the instances


class GhostsSpec(Struct, frozen=True):
    """What becomes of Consul nodes whose hosts are gone. Both caps are for any minute."""

    remove: bool = True  # else they are reported only
    force_leave: bool = True  # where the token may; else the catalog alone is cleaned
    per_minute: int = 20
    max_share: Share = Share(10, percent=True)  # of the cluster's nodes


class Election(Struct, frozen=True):
    """``leaderElection``: replicas agree by leases on who leads which cluster."""

    ttl_seconds: float = 15.0
    repair: bool = True  # onStoreDown: REPAIR; else one who never led waits for the store


class ClusterSpec(Struct, frozen=True):
    """One cluster of the config, with the daemons that belong on it."""

    alias: ClusterAlias
    name: str  # cluster name or ARN
    owner: Owner
    region: str
    daemons: tuple[DaemonSpec, ...]
    role_arn: str = ""
    queue_url: str = ""  # "" for polling only
    resync_seconds: float = 600.0
    poll_seconds: float = 30.0
    listing_lag_seconds: float = 60.0  # by which ECS's lists may trail the truth
    health_poll_seconds: float = 60.0  # events carry no health
    limits: Limits = Limits()
    scale_in: ScaleIn | None = None
    deregister_after_seconds: float | None = None  # zombies: None leaves them in ECS
    consul: ConsulSpec | None = None
    ghosts: GhostsSpec | None = None  # None: nobody looks for them
    gate: GateSpec | None = None
    election: Election | None = None  # None: this process leads

    @property
    def wants_catalog(self) -> bool:
        """Whether any daemon's readiness asks for Consul's catalog."""
        return self.wants_registrations or any(daemon.agent_alive for daemon in self.daemons)

    @property
    def wants_registrations(self) -> bool:
        """Whether any daemon's readiness asks what is registered in Consul."""
        return any(daemon.services_registered for daemon in self.daemons)

    @property
    def watches_catalog(self) -> bool:
        """Whether Consul's catalog is read for this cluster at all."""
        return self.wants_catalog or self.ghosts is not None

    @property
    def wants_private_ips(self) -> bool:
        """Whether anything asks for private addresses, which only EC2 knows.

        An override with ``{{privateIp}}``, or the look-out for an agent that carries no meta.
        """
        return self.wants_catalog or any("privateIp" in each.overrides for each in self.daemons)


class TlsSpec(Struct, frozen=True):
    """PEM files of the API listener: its certificate with what signed it, the certificate's key."""

    cert_file: str
    key_file: str
    client_ca_file: str = ""  # whoever has a certificate that one of these signed may come in


class HttpSpec(Struct, frozen=True):
    """Where the controller listens, as ``host:port``, and who may ask the API listener."""

    listen: str = "127.0.0.1:8080"
    metrics_listen: str = "0.0.0.0:9102"  # Prometheus scrapes from outside
    auth_token_file: str = ""
    advertise: str = ""  # the URL under which other replicas' clients reach it; "": of `listen`
    tls: TlsSpec | None = None  # of the API listener; None: plain HTTP

    @property
    def authenticates(self) -> bool:
        """Whether anybody can prove who they are."""
        return bool(self.auth_token_file or (self.tls and self.tls.client_ca_file))

    @property
    def exposed(self) -> bool:
        """Whether other hosts may ask, and none would have to prove who they are."""
        host = self.listen.rpartition(":")[0].removeprefix("[").removesuffix("]")
        return not self.authenticates and not is_loopback(host)


class Installation(Struct, frozen=True):
    """The whole config."""

    owner: Owner
    clusters: tuple[ClusterSpec, ...]
    api_budget: float = 0.5  # share of the account's ECS request quota
    http: HttpSpec = HttpSpec()
    tls_lines: Mapping[str, int] = {}  # where the keys of ``http.tls`` stand in the config's text
