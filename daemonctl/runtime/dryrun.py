"""What `run --dry-run` does in the place of acting: it tells each decision once.

The board plans with nothing to spend, so its memory never fills with writes that were not made.
What would be done comes from a whole plan beside it, with all API tokens at hand, judged by the
same check, and thrown away.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from msgspec.structs import replace

from daemonctl.model.ghosts import Entry
from daemonctl.model.plan import Action, StopTask, only_on
from daemonctl.model.reason import Condition, Notice
from daemonctl.model.rights import Right
from daemonctl.model.spec import Installation
from daemonctl.ports.consul import CatalogError, Store, Stored
from daemonctl.ports.nodes import Nodes
from daemonctl.runtime.telling import Teller

_OWN_INDEX: Final = 2**62  # further than any store's own numbers go

OUTCOME: Final = "dry-run"

CONDITION: Final = Condition(Notice.DRY_RUN, "daemonctl runs with --dry-run: nothing is written")


def rehearsed(installation: Installation) -> Installation:
    """The config of a dry run, which polls.

    A message that it took from an events queue would be missing for the controller that acts.
    """
    clusters = tuple(replace(spec, queue_url="") for spec in installation.clusters)
    return replace(installation, clusters=clusters)


class Overlay:
    """A store whose writes stay in this process: see ports.consul.Store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._written: dict[str, Stored | None] = {}  # None: deleted
        self._index = _OWN_INDEX

    async def get(self, key: str) -> Stored | None:
        """What was written here, else what the store has."""
        return self._written[key] if key in self._written else await self._store.get(key)

    async def put(self, key: str, value: bytes, index: int) -> int | None:
        """Written here only, with check-and-set."""
        held = await self.get(key)
        if index != (0 if held is None else held.index):
            return None
        self._index += 1
        self._written[key] = Stored(key, value, self._index)
        return self._index

    async def delete(self, key: str, index: int) -> bool:
        """Deleted here only."""
        held = await self.get(key)
        if held is not None and held.index != index:
            return False
        self._written[key] = None
        return True

    async def list(self, prefix: str) -> tuple[Stored, ...]:
        """What the store has, with what was written here in its place."""
        found: dict[str, Stored | None] = {one.key: one for one in await self._store.list(prefix)}
        found.update({key: one for key, one in self._written.items() if key.startswith(prefix)})
        return tuple(one for _, one in sorted(found.items()) if one is not None)


class OnlyRead:
    """Nodes of Consul that nobody removes: see ports.nodes.Nodes."""

    def __init__(self, nodes: Nodes) -> None:
        self._nodes = nodes

    async def servers(self) -> frozenset[str]:
        """As they are."""
        return await self._nodes.servers()

    async def entry(self, name: str) -> Entry | None:
        """As it is."""
        return await self._nodes.entry(name)

    async def force_leave(self, name: str) -> bool:
        """Refused."""
        raise CatalogError("Refused", f"node {name} is not removed: daemonctl does not write")

    async def deregister(self, name: str, index: int) -> bool:
        """Refused."""
        raise CatalogError("Refused", f"node {name} ({index}) stays: daemonctl does not write")

    async def missing(self, rights: Sequence[Right]) -> tuple[Right, ...]:
        """As they are."""
        return await self._nodes.missing(rights)


class Rehearsal:
    """Tells what would be done; what stays decided from turn to turn is told once."""

    def __init__(self, teller: Teller) -> None:
        self._teller = teller
        self._told: dict[Action, None] = {}

    def tell(self, actions: Sequence[Action]) -> None:
        """The actions of this turn, all of them."""
        decided = {_mark(each): each for action in actions for each in _singly(action)}
        for mark, action in decided.items():
            if mark not in self._told:
                self._teller.action(action, OUTCOME, action.words)
        self._told = dict.fromkeys(decided)


def _singly(action: Action) -> Iterator[Action]:
    """One start on ten instances is ten decisions: they come and go one by one."""
    if not isinstance(action, StopTask):
        for arn in action.instances:
            yield only_on(action, (arn,))
    else:
        yield action


def _mark(action: Action) -> Action:
    """What makes it the same decision: everything but its words, in which numbers may grow."""
    return replace(action, words="")
