"""Which way the world goes where ECS's documentation leaves it open."""

from __future__ import annotations

import random

from daemonctl.local.world import Switches


def switches(dice: random.Random) -> Switches:
    """One of the ways."""
    return Switches(
        started_by_combines=dice.choice(("REFUSE", "AND", "IGNORE")),
        draining_accepts_start_task=dice.random() < 0.5,
        stop_is_idempotent=dice.random() < 0.5,
        state_update_emits=dice.random() < 0.7,
        intermediate_statuses=dice.random() < 0.7,
        listing_lag_seconds=(0.0, dice.choice((0.0, 1.0, 5.0))),
        short_pages=dice.random() < 0.5,
        agent_flap_seconds=(40.0, 90.0) if dice.random() < 0.1 else None,
        disconnect_lag_seconds=(1.0, 40.0),
        deregister_lag_seconds=(5.0, 30.0),
        boot_seconds=(10.0, 30.0),
    )
