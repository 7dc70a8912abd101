"""``consul.ghosts``: takes nodes of hosts that are gone out of Consul."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final

from msgspec import Struct

from daemonctl.check.ghosts import changed_faults, ghost_faults, pace_faults
from daemonctl.model.desired import Desired
from daemonctl.model.discovery import STALE_SECONDS, Serf
from daemonctl.model.ghosts import Ghost, GhostKind
from daemonctl.model.ids import ContainerInstanceArn
from daemonctl.model.observed import Observed
from daemonctl.model.reason import Condition, Notice
from daemonctl.model.rights import OPERATE, WRITE_NODES, Right
from daemonctl.model.spec import GhostsSpec
from daemonctl.planning import ghosts
from daemonctl.planning.ghosts import Suspect
from daemonctl.ports import ApiError
from daemonctl.ports.consul import CatalogError
from daemonctl.ports.nodes import Nodes
from daemonctl.runtime.chores import State, Tools
from daemonctl.runtime.crew import end_if_cancelled
from daemonctl.runtime.facts import CatalogSeen
from daemonctl.runtime.ghost_reading import Hosts, Known, Reader, Watched, by_ec2, drained_now
from daemonctl.runtime.sightings import Sightings

_LOOKS: Final = 40  # nodes read in one look, two calls each
_SOON: Final = 5.0
_LATER: Final = 60.0
_YOUNG: Final = 300.0
"""So long a suspect is looked at every _SOON seconds, then every _LATER: EC2 takes its time."""

_LINGER: Final = 3.0  # seconds that a node may stay once its agent was declared to have left

_NAMED: Final = 5


class _Case(Struct):
    """A suspect, and what became of it so far."""

    suspect: Suspect
    since: float
    next: float
    known: Known | None = None


def _turn(case: _Case) -> tuple[float, str]:
    """Who waited longest comes first."""
    return case.next, case.suspect.node.name


class GhostChore:
    """Looks at the nodes whose agents are not alive, and removes those whose hosts are gone.

    ``found`` are the ghosts that are known now, in order of names.
    """

    needs_first_look: ClassVar[bool] = False  # what proves it is read afresh each time

    def __init__(self, state: State, tools: Tools, nodes: Nodes, sightings: Sightings) -> None:
        self.found: tuple[Ghost, ...] = ()
        self._state = state
        self._tools = tools
        self._nodes = nodes
        self._sightings = sightings
        self._reader = Reader(nodes, tools.cluster, tools.surroundings)
        self._watched = Watched()
        self._cases: dict[str, _Case] = {}
        self._drained: dict[str, ContainerInstanceArn] = {}
        self._left: dict[str, float] = {}  # by force, when
        self._removed: dict[str, float] = {}  # within the last minute, when
        self._told: dict[str, Ghost] = {}  # in a dry run
        self._refused: tuple[Condition, ...] = ()

    def hear(self, fact: CatalogSeen) -> bool:
        """Takes in what is new in the catalog. Whether an agent of this cluster was lost."""
        desired = self._state.desired
        return desired is not None and self._watched.apply(fact, desired.cluster_name)

    async def look(
        self, desired: Desired, observed: Observed, now: float, *, may_write: bool
    ) -> Sequence[Condition]:
        """See chores.Chore."""
        wish, as_of = self._state.spec.ghosts, self._watched.as_of
        if wish is None or as_of is None or now > as_of + STALE_SECONDS:
            self._cases, self.found = {}, ()
            return ()
        self._sightings.note(observed.hosts.values(), self._watched.ec2_ids)
        await self._sightings.sync(now)
        hosts = by_ec2(observed.hosts.values()) if self._watched.down else {}
        suspects = ghosts.suspects(self._watched.down.values(), hosts, desired.cluster_name)
        self._renew(suspects, hosts, now)
        due = sorted((case for case in self._cases.values() if now >= case.next), key=_turn)
        due = due[:_LOOKS]
        try:
            await self._look(due, hosts, desired.cluster_name, wish, now, may_write=may_write)
        except (ApiError, CatalogError) as error:
            end_if_cancelled()
            self._refused = (Condition(Notice.GHOSTS_REFUSED, f"{error.code}: {error.message}"),)
        self.found = tuple(
            case.known.ghost
            for _, case in sorted(self._cases.items())
            if case.known is not None and case.known.ghost is not None
        )
        self._rehearse(wish)
        return self._conditions(wish, now, may_write=may_write)

    def _rehearse(self, wish: GhostsSpec) -> None:
        """In a dry run: what would be removed, each told once."""
        if not self._tools.dry or not wish.remove:
            return
        before, self._told = self._told, {one.node: one for one in self.found}
        for name, ghost in self._told.items():
            if before.get(name) != ghost:
                self._tools.wrote("remove", "dry-run", f"Consul node {name}: {ghost.words}")

    def _renew(self, suspects: Sequence[Suspect], hosts: Hosts, now: float) -> None:
        """The cases by now: what is new of a suspect is looked at at once."""
        before, self._cases = self._cases, {}
        for suspect in sorted(suspects, key=lambda one: one.node.name):
            name = suspect.node.name
            held = before.get(name)
            same = held is not None and held.suspect == suspect
            self._cases[name] = held if held is not None and same else _Case(suspect, now, now)
        drained = dict(drained_now(suspects, hosts))
        kept = {
            name: arn
            for name, arn in self._drained.items()
            if name in self._cases and not hosts.get(self._cases[name].suspect.identity.ec2_id)
        }
        self._drained = kept | drained
        self._left = {name: at for name, at in self._left.items() if name in self._cases}
        window = ghosts.WINDOW_SECONDS
        self._removed = {name: at for name, at in self._removed.items() if now < at + window}

    async def _look(
        self,
        due: Sequence[_Case],
        hosts: Hosts,
        cluster: str,
        wish: GhostsSpec,
        now: float,
        *,
        may_write: bool,
    ) -> None:
        for case in due:
            case.next = now + (_SOON if now < case.since + _YOUNG else _LATER)
        if not due:
            return
        known, servers = await self._reader.read(
            [case.suspect for case in due],
            hosts,
            self._drained,
            self._sightings.held,
            cluster=cluster,
            now=now,
        )
        self._refused = ()
        for case in due:
            name = case.suspect.node.name
            case.known = known.get(name)
            if case.known is not None and case.known.ghost is not None:
                case.next = now + _SOON
        found = [(one, one.ghost) for one in known.values() if one.ghost is not None]
        found.sort(key=lambda one: (one[1].kind is not GhostKind.DRAINED, one[1].node))
        lacks = await self._nodes.missing((WRITE_NODES, OPERATE)) if found and wish.remove else ()
        for one, ghost in found:
            if not may_write or not wish.remove or self._room(wish, now) == 0:
                return
            faults = ghost_faults(ghost, one.evidence, servers, cluster, now)
            faults += pace_faults(tuple(self._removed.values()), self._count, wish, now)
            if not self._tools.kept_back("ghosts", faults) and self._tools.lent:
                await self._remove(ghost, one, wish, lacks, now)

    def _room(self, wish: GhostsSpec, now: float) -> int:
        return ghosts.room(tuple(self._removed.values()), self._count, wish, now)

    @property
    def _count(self) -> int:
        """The cluster's nodes that are left: of what went the watch may not know yet."""
        return self._watched.count - sum(map(self._watched.has, self._removed))

    async def _remove(
        self, ghost: Ghost, known: Known, wish: GhostsSpec, lacks: Sequence[Right], now: float
    ) -> None:
        """One node, if it still is what was judged."""
        name = ghost.node
        left_at = self._left.get(name)
        if left_at is not None and now < left_at + _LINGER:
            return
        entry = await self._nodes.entry(name)
        changed = changed_faults(known.evidence.entry, entry)
        if changed or entry is None:
            self._tools.sink.log(
                "info",
                "a Consul node is not removed",
                cluster=self._tools.alias,
                node=name,
                why="; ".join(changed),
            )
            self._forget(name)
            return
        if not self._tools.lent or self._state.memory.freeze is not None:
            return  # by now, in the last moment
        forced = wish.force_leave and OPERATE not in lacks and entry.node.serf is not Serf.NONE
        if forced and left_at is None and await self._nodes.force_leave(name):
            self._left[name] = now
            self._gone(ghost, "force-leave", now)
        elif WRITE_NODES in lacks:
            words = f"{name} stays: the token lacks {WRITE_NODES.rule}"
            self._refused = (Condition(Notice.GHOSTS_REFUSED, words),)
        elif await self._nodes.deregister(name, entry.index):
            if left_at is None:
                self._gone(ghost, "deregister", now)
            self._forget(name)

    def _gone(self, ghost: Ghost, call: str, now: float) -> None:
        self._removed[ghost.node] = now
        self._forget(ghost.node)
        self._tools.sink.count(
            "consul_ghosts_removed", cluster=self._tools.alias, kind=ghost.kind.value
        )
        self._tools.wrote(call, "ok", f"Consul node {ghost.node}: {ghost.words}")

    def _forget(self, name: str) -> None:
        """Nothing is known of it any more; should it stay, it is looked at anew."""
        case = self._cases.get(name)
        if case is not None:
            case.known = None

    def _conditions(
        self, wish: GhostsSpec, now: float, *, may_write: bool
    ) -> tuple[Condition, ...]:
        waiting = [one for one in self.found if one.node not in self._left]
        if not waiting:
            return self._refused
        more = f" and {len(waiting) - _NAMED} more" if len(waiting) > _NAMED else ""
        names = ", ".join(one.node for one in waiting[:_NAMED]) + more
        words = f"Consul nodes whose hosts are gone: {len(waiting)} ({names})"
        if not wish.remove:
            return (Condition(Notice.GHOSTS, f"{words}; ghosts.remove is false"), *self._refused)
        if may_write and self._room(wish, now) == 0:
            caps = f"perMinute is {wish.per_minute}, maxShare {wish.max_share}"
            return (Condition(Notice.GHOSTS_HELD, f"{words} wait: {caps}"), *self._refused)
        return self._refused
