"""The contract of ports.lease, by a real Consul with ACLs that deny by default."""

from __future__ import annotations

import pytest

from daemonctl.ports.lease import Lease, LeaseError
from tests.contract.consul.leases import *  # noqa: F403  the whole suite
from tests.contract.consul.leases import fresh, joined
from tests.real.consul.bench import RealBench


@pytest.fixture
def lease(bench: RealBench) -> Lease:
    return bench.consuls.lease(bench.spec)


async def test_a_session_asks_for_no_health_and_is_a_servers(
    bench: RealBench, lease: Lease
) -> None:
    session = await joined(lease, delay=3.0)
    (row,) = bench.server.ask("GET", f"session/info/{session}")
    assert row["Node"] == bench.server.name
    assert row["NodeChecks"] in ([], None)
    assert row["ServiceChecks"] in ([], None)
    assert row["TTL"] == "10s"
    assert row["LockDelay"] == 3_000_000_000
    assert row["Behavior"] == "release"


async def test_a_token_that_may_not_is_told_what_it_needs(bench: RealBench, lease: Lease) -> None:
    session = await joined(lease)
    bench.allow('service_prefix "" { policy = "read" }')
    with pytest.raises(LeaseError) as raised:
        await joined(lease)
    assert raised.value.code == "Unauthorised"
    assert 'session_prefix "" { policy = "write" }' in str(raised.value)
    key = fresh()
    with pytest.raises(LeaseError) as raised:
        await lease.acquire(key, session, b"")
    assert f'key_prefix "{key}"' in str(raised.value)


async def test_a_paused_consul_is_an_error_soon(bench: RealBench, lease: Lease) -> None:
    session = await joined(lease)
    bench.server.pause()
    try:
        with pytest.raises(LeaseError) as raised:
            await lease.renew(session)
    finally:
        bench.server.go_on()
    assert raised.value.code == "Timeout"
    assert raised.value.ambiguous
