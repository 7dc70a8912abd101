"""The chores that there are."""

from __future__ import annotations

from daemonctl.runtime.chore_hosts import ScaleInChore, ZombieChore
from daemonctl.runtime.chore_orphans import OrphanChore
from daemonctl.runtime.chore_room import RoomChore
from daemonctl.runtime.chores import Chore, State, Tools


def all_chores(state: State, tools: Tools, *more: Chore) -> tuple[Chore, ...]:
    """Each once, for one cluster; ``more`` are those that need Consul."""
    return (
        RoomChore(state, tools),
        ScaleInChore(state, tools),
        ZombieChore(state, tools),
        OrphanChore(state, tools),
        *more,
    )
