"""The composition root: the only place that knows both the core and the adapters."""

from __future__ import annotations

import asyncio
import contextlib
import random
import signal
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from daemonctl.adapters.clock import SystemClock
from daemonctl.adapters.config import ConfigError, Fault, open_source
from daemonctl.adapters.config.imported import NotImportableError, daemon_yaml
from daemonctl.adapters.consul.consuls import Consuls
from daemonctl.adapters.ecs.buckets import Buckets
from daemonctl.adapters.ecs.cluster import EcsCluster
from daemonctl.adapters.ecs.readonly import ReadOnly
from daemonctl.adapters.ecs.services import describe_service
from daemonctl.adapters.ecs.transport import BotoTransport
from daemonctl.adapters.schedule import ApSchedule
from daemonctl.adapters.sqs import SqsSource
from daemonctl.http.serve import ListenError, serve
from daemonctl.model.spec import ClusterSpec, Installation
from daemonctl.ports import Clock, Sink, SpecSource, Transport
from daemonctl.ports.consul import Catalog, Store
from daemonctl.runtime.dryrun import Overlay, rehearsed
from daemonctl.runtime.fleet import Fleet
from daemonctl.runtime.journal import Journal, first_after
from daemonctl.runtime.names import Ec2Ids
from daemonctl.runtime.once import plan_now
from daemonctl.runtime.report import ConfigStatus, PlanDocument
from daemonctl.runtime.reports import LiveReport
from daemonctl.runtime.service import ClusterService
from daemonctl.telemetry.collector import BudgetLevel, StatusCollector
from daemonctl.telemetry.logs import open_log
from daemonctl.telemetry.metrics import Metrics
from daemonctl.telemetry.sink import Telemetry

__all__ = ["ConfigError", "NotImportableError", "import_service", "load", "plan_once", "run"]

_BAD_CONFIG = 2


def load(config: str) -> Installation:
    """The config, checked, offline. Raises ConfigError, all faults named."""
    return open_source(config, SystemClock()).load()


def plan_once(config: str, cluster: str | None = None) -> list[PlanDocument]:
    """What a controller that starts now would do, on each cluster or on one. Changes nothing.

    Raises:
        ConfigError: the config is bad, or has no such cluster.
        ApiError: a cluster could not be read.
    """
    installation = load(config)
    specs = [spec for spec in installation.clusters if cluster in (None, spec.alias)]
    if not specs:
        known = ", ".join(spec.alias for spec in installation.clusters)
        words = f'no cluster "{cluster}"; the config has: {known}'
        raise ConfigError([Fault("clusters", 0, words)], config)
    return asyncio.run(_plans(specs, installation.api_budget))


def import_service(config: str, cluster: str, service: str) -> str:
    """The daemon of the config that an ECS DAEMON service would be, as YAML. Changes nothing.

    ``cluster`` is an alias of the config; without a config, or where it has no such alias, a
    cluster's name or ARN, reached as boto3's own chain says.

    Raises:
        ConfigError: the config is there, and bad.
        NotImportableError: it is no DAEMON service on EC2.
        ApiError: it could not be read.
    """
    specs = load(config).clusters if Path(config).exists() else ()
    spec = next((one for one in specs if cluster == one.alias), None)
    transport = BotoTransport(spec.region, spec.role_arn) if spec else BotoTransport("", "")
    name = spec.name if spec else cluster
    try:
        return daemon_yaml(asyncio.run(describe_service(transport, name, service)))
    finally:
        transport.close()


def run(config: str, *, dry_run: bool = False) -> int:
    """The controller, until SIGTERM or SIGINT; its exit code. A dry run writes nothing."""
    try:
        clock = SystemClock()
        source = open_source(config, clock)
        installation = source.load()
    except ConfigError as error:
        return _refuse(f"bad config {config}; nothing was done\n{error}", _BAD_CONFIG)
    try:
        asyncio.run(_Controller(source, clock, dry_run=dry_run).run(installation))
    except ListenError as error:
        return _refuse(str(error), error.exit_code)
    return 0


def _refuse(words: str, exit_code: int) -> int:
    sys.stderr.write(f"{words}\n")
    return exit_code


async def _plans(specs: Sequence[ClusterSpec], budget: float) -> list[PlanDocument]:
    clock = SystemClock()
    journal = Journal(clock.now)
    sink = Telemetry(open_log(), Metrics(version("daemonctl")), journal)
    outside = _Outside(clock, sink, read_only=True)
    try:
        return [
            await plan_now(spec, outside.cluster(spec, budget), clock, outside.catalog(spec))
            for spec in specs
        ]
    finally:
        outside.close()


class _Outside:
    """AWS and Consul as clusters reach them: a transport and a set of buckets a role and region."""

    def __init__(self, clock: Clock, sink: Sink, *, read_only: bool) -> None:
        self._clock = clock
        self._sink = sink
        self._read_only = read_only
        self._transports: dict[tuple[str, str], BotoTransport] = {}
        self._buckets: dict[tuple[str, str], tuple[float, Buckets]] = {}
        self._consuls = Consuls(clock, sink)

    def cluster(self, spec: ClusterSpec, budget: float) -> EcsCluster:
        """The cluster of a spec, with a share of the API quota."""
        key = (spec.role_arn, spec.region)
        made_for, buckets = self._buckets.get(key, (None, None))
        if buckets is None or made_for != budget:
            buckets = Buckets(self._clock, budget=budget, jitter=random.random)
            self._buckets[key] = (budget, buckets)
        transport: Transport = self._transport(spec)
        return EcsCluster(
            ReadOnly(transport) if self._read_only else transport,
            buckets,
            spec.name,
            self._sink,
            self._clock,
            private_ips=spec.wants_private_ips,
        )

    def service(self, spec: ClusterSpec, budget: float) -> ClusterService:
        """The service of a cluster, not started yet."""
        events = None
        if spec.queue_url:
            events = SqsSource(self._transport(spec), spec.queue_url, self._sink)
        cluster = self.cluster(spec, budget)
        return ClusterService(
            spec,
            cluster=cluster,
            surroundings=cluster.surroundings,
            events=events,
            clock=self._clock,
            schedule=ApSchedule(),
            sink=self._sink,
            datacenter=self._consuls.datacenter(spec.consul)
            if spec.consul is not None and spec.wants_catalog
            else None,
            dry_run=self._read_only,
            store=self._store(spec),
        )

    def _store(self, spec: ClusterSpec) -> Store | None:
        if spec.consul is None:
            return None
        store = self._consuls.store(spec.consul)
        return Overlay(store) if self._read_only else store

    def catalog(self, spec: ClusterSpec) -> Catalog | None:
        """Consul's catalog for one look, None where no daemon of the cluster asks for it."""
        if spec.consul is None or not spec.wants_catalog:
            return None
        return self._consuls.catalog(spec.consul)

    def levels(self) -> Sequence[BudgetLevel]:
        """What every bucket holds."""
        return [
            BudgetLevel(f"{role}/{region}" if role else region, name, tokens)
            for (role, region), (_, buckets) in self._buckets.items()
            for name, tokens in buckets.levels().items()
        ]

    def close(self) -> None:
        """Ends every wait at once."""
        self._consuls.close()
        for transport in self._transports.values():
            transport.close()

    def _transport(self, spec: ClusterSpec) -> BotoTransport:
        key = (spec.role_arn, spec.region)
        if key not in self._transports:
            self._transports[key] = BotoTransport(spec.region, spec.role_arn)
        return self._transports[key]


class _Controller:
    """One process: clusters, listeners, the config's changes, and the signal that ends it."""

    def __init__(self, source: SpecSource, clock: Clock, *, dry_run: bool) -> None:
        self._source = source
        self._clock = clock
        self._dry_run = dry_run
        self._config = ConfigStatus()
        self._metrics = Metrics(version("daemonctl"))
        self._journal = Journal(
            clock.now,
            first=first_after(clock.now()),
            ec2_id_of=Ec2Ids(lambda: self._fleet.services),
        )
        self._sink = Telemetry(open_log(), self._metrics, self._journal)
        self._outside = _Outside(clock, self._sink, read_only=dry_run)
        self._fleet = Fleet(self._outside.service, clock)

    async def run(self, installation: Installation) -> None:
        """Until told to end. Raises ListenError."""
        report = LiveReport(
            version=version("daemonctl"),
            clusters=lambda: self._fleet.services,
            journal=self._journal,
            now=self._clock.now,
            config=lambda: self._config,
            dry_run=self._dry_run,
        )
        self._metrics.registry.register(StatusCollector(report, self._outside.levels))
        ending = _ended_by_signal()
        fleet = self._fleet
        async with serve(installation.http, report, fleet, fleet, self._metrics.registry) as served:
            self._sink.log(
                "info",
                "daemonctl runs",
                owner=installation.owner,
                clusters=[spec.alias for spec in installation.clusters],
                api="{}:{}".format(*served.api),
                metrics="{}:{}".format(*served.metrics),
                dry_run=self._dry_run,
            )
            await self._apply(installation)
            watching = asyncio.create_task(self._watch(installation))
            await ending.wait()
            self._sink.log("info", "daemonctl ends: nothing new is begun")
            watching.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await watching
            await self._fleet.stop()
        self._outside.close()

    async def _watch(self, installation: Installation) -> None:
        """A good edit comes into force; a bad one is told, and the last good one stays."""
        while True:
            await self._source.changed()
            try:
                new = self._source.load()
                if new.http != installation.http:
                    self._sink.log("warning", "http changed: it comes into force at the next start")
                await self._apply(new)
            except ConfigError as error:
                self._not_reloaded("; ".join(str(error).splitlines()))
            except Exception as error:  # noqa: BLE001 - a bug here must not end the watching
                self._not_reloaded(f"{type(error).__name__}: {error}; this is a bug: report it")
            else:
                installation = new
                self._reloaded(new)

    async def _apply(self, installation: Installation) -> None:
        await self._fleet.apply(rehearsed(installation) if self._dry_run else installation)

    def _not_reloaded(self, faults: str) -> None:
        words = f"the config as it is now is bad, the last good one is in force: {faults}"
        self._config = ConfigStatus(ok=False, words=words)
        self._sink.log("error", "config not reloaded", error=faults)

    def _reloaded(self, installation: Installation) -> None:
        aliases = [spec.alias for spec in installation.clusters]
        self._metrics.keep_clusters(aliases)
        self._config = ConfigStatus()
        self._sink.log("info", "config reloaded", clusters=aliases)


def _ended_by_signal() -> asyncio.Event:
    """Set by the first SIGTERM or SIGINT; a second one ends the process as it is."""
    loop, ending = asyncio.get_running_loop(), asyncio.Event()

    def end() -> None:
        ending.set()
        for each in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(each)

    for each in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(each, end)
    return ending
