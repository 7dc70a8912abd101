"""What keeping a local ECS in a file costs: an answer, a restart, a snapshot (ADR 6)."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

from tests.unit.local.live import Up, virtually

CALLS = 2_000
Clock = Callable[[], float]


def run(instances: int, daemons: int) -> dict[str, float]:
    """Time calls with and without a state file; then snapshot and journal as a restart has them."""
    del daemons  # of no meaning here
    with tempfile.TemporaryDirectory() as folder:
        state = str(Path(folder) / "local.state")
        plain = virtually(lambda clock: _calls(clock, instances, None))
        kept = virtually(lambda clock: _calls(clock, instances, state))
        entries, again, snapshot = virtually(lambda clock: _restart(clock, state))
        size = os.path.getsize(state)  # noqa: PTH202  one number of one file
    return {
        "instances": instances,
        "send_us": round(plain[0], 1),
        "send_kept_us": round(kept[0], 1),
        "start_us": round(plain[1], 1),
        "start_kept_us": round(kept[1], 1),
        "entries": entries,
        "restart_ms": round(again, 1),
        "snapshot_ms": round(snapshot, 1),
        "bytes": size,
    }


async def _calls(clock: Clock, instances: int, state: str | None) -> tuple[float, float]:
    """Microseconds a SendMessage and a StartTask, without HTTP."""
    async with Up(clock, state=state, instances=instances) as up:
        began = perf_counter()
        for _ in range(CALLS):
            await up.sqs("SendMessage", QueueUrl="daemonctl-local", MessageBody="m" * 500)
        sent = perf_counter()
        for number in range(CALLS):
            host = up.hosts[number % len(up.hosts)]
            await up.ecs("StartTask", taskDefinition="registrator", containerInstances=[host])
        ended = perf_counter()
        return (sent - began) / CALLS * 1e6, (ended - sent) / CALLS * 1e6


async def _restart(clock: Clock, state: str) -> tuple[int, float, float]:
    """Journal entries, milliseconds to have them done again, milliseconds of a snapshot."""
    began = perf_counter()
    up = Up(clock, state=state)
    again = perf_counter()
    assert up.keeper is not None
    entries = up.keeper.entries
    up.keeper.save(clock(), 1.0)
    ended = perf_counter()
    up.keeper.close()
    return entries, (again - began) * 1e3, (ended - again) * 1e3
