"""A big cluster whose verdicts a test changes one by one, each with its row in the journal."""

from __future__ import annotations

import time
from typing import Any

from msgspec.structs import replace

from daemonctl.model.cluster import ContainerInstance, Task
from daemonctl.model.ids import ClusterAlias, Owner, Slot, short
from daemonctl.model.memory import Memory
from daemonctl.model.observed import Host, Observed
from daemonctl.model.plan import Plan
from daemonctl.model.reason import Code, Verdict
from daemonctl.model.spec import ClusterSpec
from daemonctl.model.status import Counts
from daemonctl.runtime.commands import Answer, Answered, Command
from daemonctl.runtime.journal import Entry, Happened, Journal, first_after
from daemonctl.runtime.report_source import ClusterFacts
from daemonctl.runtime.reports import LiveReport
from tests.bench.clusters import NOW, OWNER, converged, desired

READY = Verdict(Code.READY)
_HERE = (Code.READY, Code.SETTLING, Code.OUTDATED, Code.UNHEALTHY)
"""Verdicts of a slot with a live task."""


def of_today(seen: Observed) -> Observed:
    """The same, with the times of the clock on the wall."""
    later = time.time() - NOW

    def task(one: Task) -> Task:
        times = (one.first_seen, one.created_at or NOW, one.started_at or NOW)
        first, created, started = (at + later for at in times)
        return replace(one, first_seen=first, created_at=created, started_at=started)

    def host(one: Host) -> Host:
        registered = (one.instance.registered_at or NOW) + later
        instance = replace(one.instance, registered_at=registered, agent_version="1.105.0")
        return Host(instance, tuple(map(task, one.tasks)))

    hosts = {arn: host(each) for arn, each in seen.hosts.items()}
    return replace(seen, hosts=hosts, as_of=NOW + later, first_full_at=NOW + later - 3600)


class Big:
    """``LiveCluster`` of many instances; it plans nothing."""

    def __init__(self, instances: int, daemons: int) -> None:
        wanted = desired(daemons)
        specs = tuple(each.spec for each in wanted.daemons)
        seen = of_today(converged(instances, daemons))
        self.arns = tuple(seen.hosts)
        self.names = tuple(spec.name for spec in specs)
        self.facts = ClusterFacts(
            spec=ClusterSpec(ClusterAlias("bench"), "bench", Owner(OWNER), "us-east-1", specs),
            desired=wanted,
            observed=seen,
            verdicts={(arn, name): READY for arn in self.arns for name in self.names},
            counts={name: _all_ready(instances) for name in self.names},
            memory=Memory(),
        )

    def __getattr__(self, name: str) -> Any:
        return getattr(self.facts, name)

    def next_plan(self) -> Plan | None:
        return None


class Board:
    """The report over one big cluster, and the hand that changes it."""

    def __init__(self, instances: int, daemons: int = 2, *, size: int = 10_000) -> None:
        self.big = Big(instances, daemons)
        self.verdicts: dict[Slot, Verdict] = dict(self.big.facts.verdicts)
        self.big.facts = replace(self.big.facts, verdicts=self.verdicts)
        self._size = size
        self._ec2_ids = {self.id(at): self.name(at) for at in range(instances)}
        self.begin()

    def begin(self) -> None:
        """A process that begins: its journal is empty and counts on from now."""
        self.journal = Journal(
            time.time,
            size=self._size,
            first=first_after(time.time()),
            ec2_id_of=lambda _cluster, instance: self._ec2_ids.get(instance, ""),
        )
        self.report = LiveReport(
            version="0.1.0",
            clusters=lambda: (self.big,),
            journal=self.journal,
            now=time.time,
        )

    def change(self, number: int, code: Code, words: str = "", daemon: int = 0) -> int:
        """Another verdict at the instance of this number; the number of its row."""
        arn, name = self.big.arns[number], self.big.names[daemon]
        before = self.verdicts[arn, name].code
        self.verdicts[arn, name] = Verdict(code, words)
        counts = self.big.facts.counts[name]
        ready = (code is Code.READY) - (before is Code.READY)
        counts.ready += ready
        counts.available += ready
        counts.current += (code in _HERE) - (before in _HERE)
        entry = Entry(
            Happened.VERDICT, "bench", name, instance=short(arn), code=code.value, words=words
        )
        return self.journal.add(entry)

    def rename(self, number: int, **what: Any) -> None:
        """Other facts about an instance: its EC2 id, its attributes."""
        seen = self.big.facts.observed
        assert seen is not None
        arn = self.big.arns[number]
        host = seen.hosts[arn]
        renamed: ContainerInstance = replace(host.instance, **what)
        self.show(observed=replace(seen, hosts=dict(seen.hosts) | {arn: Host(renamed, host.tasks)}))

    def show(self, **more: Any) -> None:
        """Other facts about the cluster."""
        self.big.facts = replace(self.big.facts, **more)

    def name(self, number: int) -> str:
        """As EC2 calls an instance."""
        seen = self.big.facts.observed
        assert seen is not None
        return seen.hosts[self.big.arns[number]].instance.ec2_id

    def id(self, number: int) -> str:
        """As the page and the API call an instance."""
        return short(self.big.arns[number])


class Orders:
    """An operator that says yes, and remembers what it was asked."""

    def __init__(self) -> None:
        self.heard: list[Command] = []

    async def order(self, command: Command, alias: str = "") -> tuple[Answered, ...]:
        self.heard.append(command)
        words = f"{command.verb.lower()} of {command.daemon}: done"
        return (Answered(ClusterAlias(alias or "bench"), Answer(done=True, words=words)),)


def _all_ready(instances: int) -> Counts:
    return Counts(
        desired=instances,
        current=instances,
        ready=instances,
        updated=instances,
        available=instances,
    )
