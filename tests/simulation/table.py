"""How often each kind of fault and happening struck, over all seeds."""

from __future__ import annotations

from collections import Counter

from daemonctl.local.world.faults import KINDS
from tests.simulation.happenings import HAPPENINGS, host_lost, task_doubled
from tests.simulation.operators import ROLLING, once_renewed

OWN_KINDS = (
    "task_adopted", "stop_room",
    "listing_lag", "timeout", "start_unanswered_done", "start_unanswered_not_done",
    "stop_unanswered", "crash_before_call", "crash_after_call", "crash_second_leader",
    "graceful_end", "second_leader", "blackout", "polling", "queue", "constraints", "overrides",
    "depends_on", "stop_duplicate", "stop_misplaced", "stop_draining", "stop_unhealthy",
    "stop_outdated", "stop_unready", "stop_restart", "stop_unused", "gate_set",
    "drained_idle", "deregistered_lost", "removed_keep", "removed_stop", "stop_orphan",
    "pruned", "once", "once_marked", "ghost_force_leave", "ghost_deregister", "name_reused",
)  # fmt: skip

ALL_KINDS = tuple(
    dict.fromkeys(
        (
            *(*KINDS, *OWN_KINDS),
            *(
                one.__name__
                for one in (*HAPPENINGS, task_doubled, host_lost, once_renewed, *ROLLING)
            ),
        )
    )
)


def table(hits: Counter[str]) -> str:
    """A line a kind."""
    rows = [f"{kind:28}{hits[kind]:8}" for kind in ALL_KINDS]
    return "\n".join(["kind                            hits", *rows])


def never_struck(hits: Counter[str]) -> list[str]:
    """Kinds that the seeds did not try."""
    return [kind for kind in ALL_KINDS if not hits[kind]]
