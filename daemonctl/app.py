"""The composition root: the only place that knows both the core and the adapters."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from daemonctl.adapters.clock import SystemClock
from daemonctl.adapters.config import ConfigError
from daemonctl.adapters.config.following import Following
from daemonctl.adapters.config.imported import Imported, NotImportableError, imported
from daemonctl.adapters.ecs.services import describe_service
from daemonctl.adapters.ecs.transport import BotoTransport
from daemonctl.http.serve import ListenError, serve, url_of
from daemonctl.http.tls import TlsFilesError
from daemonctl.model.spec import ClusterSpec, GateSpec, HttpSpec, Installation
from daemonctl.outside import Outside
from daemonctl.ports import ApiError, Clock, SpecSource
from daemonctl.runtime.dryrun import rehearsed
from daemonctl.runtime.fleet import Fleet
from daemonctl.runtime.graves import Graves
from daemonctl.runtime.journal import Journal, first_after
from daemonctl.runtime.names import Ec2Ids
from daemonctl.runtime.once import plan_now
from daemonctl.runtime.report import PlanDocument
from daemonctl.runtime.report_plan import no_plan
from daemonctl.runtime.report_source import leads
from daemonctl.runtime.reports import LiveReport
from daemonctl.runtime.signals import ended_by_signal
from daemonctl.runtime.ungate import Ungated, ungate
from daemonctl.sources import is_remote, open_source
from daemonctl.telemetry.collector import StatusCollector
from daemonctl.telemetry.logs import open_log
from daemonctl.telemetry.metrics import Metrics
from daemonctl.telemetry.sink import Telemetry
from daemonctl.telemetry.tls import TlsGauges
from daemonctl.tls_faults import tls_faults, tls_not_here

__all__ = [
    "ConfigError",
    "ListenError",
    "NoClusterError",
    "NotImportableError",
    "import_service",
    "load",
    "plan_once",
    "run",
    "ungate_all",
    "validate",
]


class NoClusterError(LookupError):
    """The config has no cluster of that alias; the words name those that it has."""


def load(config: str) -> Installation:
    """The config, checked; nothing is asked but its source.

    Raises:
        ConfigError: it is bad; all faults are named.
        SourceError: it cannot be read.
    """
    source = open_source(config, SystemClock())
    try:
        return asyncio.run(source.load())
    finally:
        source.close()


def validate(config: str) -> tuple[Installation, tuple[str, ...]]:
    """As ``load``, and the files of ``http.tls`` are looked at where they are.

    Those that are not here, or not for this user to read, are told in words that come with it: they
    may be where the controller runs.

    Raises:
        ConfigError, SourceError: as ``load``; or a file that is here cannot be used.
    """
    installation = load(config)
    return installation, tls_not_here(installation, config, SystemClock().now())


def plan_once(config: str, cluster: str | None = None) -> list[PlanDocument]:
    """What a controller that starts now would do, on each cluster or on one. Changes nothing.

    A cluster that could not be read has no plan, and says why.

    Raises:
        ConfigError: the config is bad.
        NoClusterError: it has no such cluster.
        SourceError: it cannot be read.
    """
    specs, budget = _clusters(config, cluster)
    return asyncio.run(_plans(specs, budget))


def ungate_all(
    config: str, cluster: str | None, attribute: str | None, *, remove: bool
) -> list[Ungated]:
    """Opens or removes the gates of all instances. Raises as ``plan_once``, and ApiError."""
    return asyncio.run(_ungate(*_clusters(config, cluster), attribute, remove=remove))


def _clusters(config: str, alias: str | None) -> tuple[list[ClusterSpec], float]:
    installation = load(config)
    specs = [spec for spec in installation.clusters if alias in (None, spec.alias)]
    if not specs:
        known = ", ".join(spec.alias for spec in installation.clusters)
        raise NoClusterError(f'no cluster "{alias}"; {config} has: {known}')
    return specs, installation.api_budget


def import_service(config: str, cluster: str, service: str) -> Imported:
    """The daemon of the config that an ECS DAEMON service would be. Changes nothing.

    ``cluster`` is an alias of the config; without a config, or where it has no such alias, a
    cluster's name or ARN, reached as boto3's own chain says.

    Raises:
        ConfigError: the config is there, and bad.
        SourceError: the config cannot be read.
        NotImportableError: it is no DAEMON service on EC2.
        ApiError: it could not be read.
    """
    given = is_remote(config) or Path(config).exists()
    specs = load(config).clusters if given else ()
    spec = next((one for one in specs if cluster == one.alias), None)
    transport = BotoTransport(spec.region, spec.role_arn) if spec else BotoTransport("", "")
    name = spec.name if spec else cluster
    try:
        return imported(asyncio.run(describe_service(transport, name, service)))
    finally:
        transport.close()


def run(config: str, *, dry_run: bool = False) -> None:
    """The controller, until SIGTERM or SIGINT. A dry run writes nothing.

    Raises:
        ConfigError: the config is bad.
        SourceError: the config cannot be read.
        ListenError: a listener could not be opened, or may not be.
    """
    clock = SystemClock()
    source = open_source(config, clock)
    try:
        asyncio.run(_Controller(source, clock, dry_run=dry_run).run())
    finally:
        source.close()


def _for_once(clock: Clock, *, read_only: bool) -> Outside:
    sink = Telemetry(open_log(), Metrics(version("daemonctl")), Journal(clock.now))
    return Outside(clock, sink, read_only=read_only)


async def _ungate(
    specs: Sequence[ClusterSpec], budget: float, attribute: str | None, *, remove: bool
) -> list[Ungated]:
    outside = _for_once(clock := SystemClock(), read_only=False)
    try:
        return [
            await ungate(
                spec.alias,
                outside.cluster(spec, budget),
                clock,
                attribute or (spec.gate or GateSpec()).attribute,
                remove=remove,
            )
            for spec in specs
        ]
    finally:
        outside.close()


async def _plans(specs: Sequence[ClusterSpec], budget: float) -> list[PlanDocument]:
    outside = _for_once(clock := SystemClock(), read_only=True)
    try:
        return [await _plan_or_why(spec, outside, budget, clock) for spec in specs]
    finally:
        outside.close()


async def _plan_or_why(
    spec: ClusterSpec, outside: Outside, budget: float, clock: Clock
) -> PlanDocument:
    try:
        return await _plan(spec, outside, budget, clock)
    except ApiError as error:
        again = "AWS failed at it, run it again in a minute" if error.ambiguous else ""
        return no_plan(spec.alias, f"{str(error).rstrip('. ')}; {again}" if again else str(error))


async def _plan(spec: ClusterSpec, outside: Outside, budget: float, clock: Clock) -> PlanDocument:
    cluster = outside.cluster(spec, budget)
    nodes, store = outside.nodes(spec), outside.store(spec)
    graves = None
    if nodes is not None and store is not None:
        graves = Graves(nodes, store, cluster, cluster.surroundings, clock)
    return await plan_now(spec, cluster, clock, outside.catalog(spec), graves)


class _Controller:
    """One process: clusters, listeners, the config's changes, and the signal that ends it."""

    def __init__(self, source: SpecSource, clock: Clock, *, dry_run: bool) -> None:
        self._source = source
        self._http = HttpSpec()
        self._clock = clock
        self._dry_run = dry_run
        self._metrics = Metrics(version("daemonctl"))
        self._journal = Journal(
            clock.now,
            first=first_after(clock.now()),
            ec2_id_of=Ec2Ids(lambda: self._fleet.services),
        )
        self._sink = Telemetry(open_log(), self._metrics, self._journal)
        self._outside = Outside(clock, self._sink, read_only=dry_run)
        self._outside.looked = self._looked
        self._outside.journal = self._journal
        self._fleet = Fleet(self._outside.kept, clock)
        self._following = Following(source, self._apply, clock=clock, sink=self._sink)

    async def run(self) -> None:
        """Until told to end. Raises ConfigError, SourceError, ListenError."""
        installation = await self._source.load()
        self._http = installation.http
        try:
            await self._listen(installation)
        except TlsFilesError as error:
            raise tls_faults(error, installation) from error

    async def _listen(self, installation: Installation) -> None:
        report = LiveReport(
            version=version("daemonctl"),
            clusters=lambda: self._fleet.services,
            journal=self._journal,
            now=self._clock.now,
            config=lambda: self._following.status,
            dry_run=self._dry_run,
        )
        self._metrics.registry.register(StatusCollector(report, self._outside.levels))
        ending = ended_by_signal()
        fleet = self._fleet
        registry = self._metrics.registry
        async with serve(
            installation.http, report, fleet, fleet, registry, sink=self._sink
        ) as served:
            if served.tls is not None:
                registry.register(TlsGauges(served.tls))
            self._sink.log(
                "info",
                "daemonctl runs",
                owner=installation.owner,
                clusters=[spec.alias for spec in installation.clusters],
                api="{}:{}".format(*served.api),
                metrics="{}:{}".format(*served.metrics),
                dry_run=self._dry_run,
            )
            self._outside.advertise = url_of(installation.http, served.api)
            await self._apply(installation)
            watching = asyncio.create_task(self._following.run())
            await ending.wait()
            self._sink.log("info", "daemonctl ends: nothing new is begun")
            watching.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await watching
            await self._fleet.stop()
            await self._outside.leave()
        self._outside.close()

    def _looked(self) -> None:
        """What was counted of a cluster goes with its lease, or when it leaves the config."""
        self._metrics.keep_clusters(
            each.spec.alias for each in self._fleet.services if leads(each.standing)
        )

    async def _apply(self, installation: Installation) -> None:
        await self._fleet.apply(rehearsed(installation) if self._dry_run else installation)
        self._looked()
        if installation.http != self._http:
            self._sink.log("warning", "http changed: it comes into force at the next start")
        self._http = installation.http
