"""The contract of ports.lease, the same for every lock store. The fixture ``lease`` is one.

Ends of sessions by their TTL take Consul twenty seconds: those are in tests/real/leader, with the
processes that they end.
"""

from __future__ import annotations

import asyncio
import uuid

from daemonctl.ports.lease import Lease, Lock

SOON = 10.0


def fresh() -> str:
    return f"daemonctl/test/{uuid.uuid4().hex}/lease"


async def joined(lease: Lease, name: str = "daemonctl/test", delay: float = 1.0) -> str:
    return await lease.join(name, 10.0, delay)


async def test_what_was_never_locked_is_none(lease: Lease) -> None:
    assert await lease.lock(fresh()) is None


async def test_one_holds_and_another_does_not_get_it(lease: Lease) -> None:
    key, one, other = fresh(), await joined(lease), await joined(lease)
    assert await lease.acquire(key, one, b"one")
    assert await lease.acquire(key, other, b"other") is False
    assert await lease.lock(key) == Lock(one, b"one")
    assert await lease.acquire(key, one, b"once more")
    assert await lease.lock(key) == Lock(one, b"once more")


async def test_of_many_who_ask_at_once_one_gets_it(lease: Lease) -> None:
    key = fresh()
    sessions = [await joined(lease) for _ in range(4)]
    got = await asyncio.gather(*(lease.acquire(key, one, b"") for one in sessions))
    assert got.count(True) == 1


async def test_what_is_released_is_free_at_once_and_keeps_its_value(lease: Lease) -> None:
    key, one, other = fresh(), await joined(lease, delay=30.0), await joined(lease)
    assert await lease.acquire(key, one, b"one")
    assert await lease.release(key, other) is False
    assert await lease.release(key, one) is True
    assert await lease.lock(key) == Lock("", b"one")
    assert await lease.release(key, one) is False
    assert await lease.acquire(key, other, b"other")


async def test_what_an_ended_session_held_is_held_back(lease: Lease) -> None:
    key, one, other = fresh(), await joined(lease, delay=1.0), await joined(lease)
    assert await lease.acquire(key, one, b"one")
    await lease.leave(one)
    held = await lease.lock(key)
    assert held == Lock("", b"one")
    assert await lease.acquire(key, other, b"other") is False
    async with asyncio.timeout(SOON):
        while not await lease.acquire(key, other, b"other"):  # noqa: ASYNC110  nothing tells of it
            await asyncio.sleep(0.1)


async def test_an_ended_session_neither_renews_nor_acquires(lease: Lease) -> None:
    key, one = fresh(), await joined(lease)
    assert await lease.renew(one) is True
    await lease.leave(one)
    assert await lease.renew(one) is False
    assert await lease.acquire(key, one, b"") is False
    await lease.leave(one)  # gone already, which was wanted


async def test_sessions_are_told_by_their_name(lease: Lease) -> None:
    name = f"daemonctl/{uuid.uuid4().hex}"
    assert await lease.sessions(name) == ()
    one, other = await joined(lease, name), await joined(lease, name)
    await joined(lease)
    assert await lease.sessions(name) == tuple(sorted((one, other)))
    await lease.leave(one)
    assert await lease.sessions(name) == (other,)


async def test_a_session_that_ends_is_told(lease: Lease) -> None:
    one = await joined(lease)
    await lease.changed()
    telling = asyncio.create_task(lease.changed())
    await asyncio.sleep(0)
    await lease.leave(one)
    async with asyncio.timeout(SOON):
        await telling
