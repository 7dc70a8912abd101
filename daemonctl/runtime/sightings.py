"""The EC2 instances that this installation saw in a cluster, kept in the store over restarts.

EC2 tells of a terminated instance for about an hour. Later it knows nothing of it, as it knows
nothing of another account's: only what was seen here may then be called gone.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from typing import Final

from daemonctl.model.ghosts import Seen
from daemonctl.model.ids import ClusterAlias, Ec2InstanceId, Owner
from daemonctl.model.observed import Host
from daemonctl.model.stored import SchemaError, pack, root, unpack
from daemonctl.ports import Sink
from daemonctl.ports.consul import Store, StoreError

SCHEMA: Final = 1
_PREFIX: Final = "seen/"
_SAVE_SECONDS: Final = 15.0  # at least between two savings
_AGAIN_SECONDS: Final = 60.0  # after one that failed

_Shard = dict[Ec2InstanceId, float]


class Sightings:
    """By the last character of their ids in sixteen keys: one more instance writes one of them.

    ``held`` are all that are known, with when they registered. What nobody has any more, neither
    ECS nor Consul, is forgotten.
    """

    def __init__(self, store: Store, owner: Owner, alias: ClusterAlias, sink: Sink) -> None:
        self.held: dict[Ec2InstanceId, float] = {}
        self._store = store
        self._owner = owner
        self._alias = alias
        self._sink = sink
        self._root = ""
        self._index: dict[str, int] = {}
        self._locked: dict[str, None] = {}  # keys of a newer daemonctl
        self._changed: dict[str, None] = {}
        self._gone: dict[Ec2InstanceId, None] = {}
        self._loaded = False
        self._told = False
        self._next = 0.0

    def open(self, cluster_arn: str) -> None:
        """Which cluster it is, once that is known."""
        self._root = root(self._owner, cluster_arn, self._alias) + _PREFIX

    def note(self, hosts: Iterable[Host], in_catalog: Iterable[Ec2InstanceId]) -> None:
        """These are there now, and no others."""
        there = dict.fromkeys(in_catalog)
        for host in hosts:
            ec2_id = host.instance.ec2_id
            there[ec2_id] = None
            born = host.instance.registered_at
            if ec2_id.startswith("i-") and born is not None and ec2_id not in self.held:
                self.held[ec2_id] = born
                self._gone.pop(ec2_id, None)
                self._changed[_key(ec2_id)] = None
        if self._loaded:
            for ec2_id in [one for one in self.held if one not in there]:
                del self.held[ec2_id]
                self._gone[ec2_id] = None
                self._changed[_key(ec2_id)] = None

    async def sync(self, now: float) -> None:
        """Loads what is kept, once, and saves what is new, now and then."""
        if not self._root or now < self._next:
            return
        try:
            if not self._loaded:
                await self.load()
            for key in tuple(self._changed):
                await self._save(key)
        except StoreError as error:
            self._next = now + _AGAIN_SECONDS
            self._tell(str(error))
        else:
            self._next = now + _SAVE_SECONDS
            self._told = False

    async def load(self) -> None:
        """Takes in what is kept. Raises StoreError."""
        for found in await self._store.list(self._root):
            self._take(found.key.removeprefix(self._root), found.value, found.index)
        self._loaded = True

    def _take(self, key: str, raw: bytes, index: int) -> None:
        self._index[key] = index
        self._locked.pop(key, None)
        try:
            kept = unpack(raw, _Shard, SCHEMA)
        except SchemaError as error:
            self._locked[key] = None
            self._tell(f"{self._root}{key} is not overwritten: {error}")
            return
        for ec2_id, born in kept.items():
            if ec2_id not in self._gone:
                self.held[ec2_id] = min(born, self.held.get(ec2_id, born))

    async def _save(self, key: str) -> None:
        """One write; where somebody else wrote the key, what both have. Raises StoreError."""
        if key not in self._locked:
            shard = {one: born for one, born in sorted(self.held.items()) if _key(one) == key}
            value, index = pack(shard, SCHEMA), self._index.get(key, 0)
            after = await self._store.put(self._root + key, value, index)
            if after is None:
                found = await self._store.get(self._root + key)
                self._index[key] = 0
                if found is not None:
                    self._take(key, found.value, found.index)
                return  # it is still changed
            self._index[key] = after
        self._changed.pop(key, None)
        self._gone = {one: None for one in self._gone if _key(one) != key}

    def _tell(self, words: str) -> None:
        if not self._told:
            self._told = True
            self._sink.log(
                "warning",
                "the instances that were seen are not kept",
                cluster=self._alias,
                error=words,
                next_step="after a restart, what EC2 has forgotten meanwhile stays in Consul",
            )


async def kept_at(store: Store, cluster_root: str) -> Seen:
    """What is kept of a cluster; what cannot be used is left out. Raises StoreError."""
    found: _Shard = {}
    for each in await store.list(cluster_root + _PREFIX):
        with contextlib.suppress(SchemaError):
            found |= unpack(each.value, _Shard, SCHEMA)
    return found


def _key(ec2_id: str) -> str:
    return ec2_id[-1:]
