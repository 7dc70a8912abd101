"""The contract of ports.lease, by the stand-in that other tests rely on."""

from __future__ import annotations

import pytest

from daemonctl.adapters.clock import SystemClock
from daemonctl.ports.lease import LeaseError
from tests.contract.consul.leases import *  # noqa: F403  the whole suite
from tests.stand_ins.locks import Locks, MemoryLease


@pytest.fixture
def lease() -> MemoryLease:
    return MemoryLease(Locks(SystemClock()))


async def test_who_is_cut_off_hears_nothing_and_others_do(lease: MemoryLease) -> None:
    other = MemoryLease(lease.locks)
    lease.cut = True
    with pytest.raises(LeaseError):
        await lease.lock("x")
    assert await other.lock("x") is None
    lease.locks.down = True
    with pytest.raises(LeaseError):
        await other.lock("x")
