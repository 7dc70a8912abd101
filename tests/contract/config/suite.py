"""The contract of ports.SpecSource for a config that is somewhere else. ``bench`` is the stage."""

from __future__ import annotations

import asyncio

import pytest

from daemonctl.adapters.config import ConfigError
from daemonctl.ports import SourceError, SpecSource
from tests.contract.config.bench import Bench
from tests.unit.adapters.configs import SHORTEST

OTHER = SHORTEST.replace("owner: prod", "owner: test")
BAD = "owner: prod\nclusters: []\nsecret: hunter2\n"
SOON = 30.0
"""Seconds by which a change is seen: a hang is a failure, slowness is not measured here."""


async def changed(source: SpecSource) -> None:
    async with asyncio.timeout(SOON):
        while not await source.look():
            pass


async def test_a_change_is_seen_and_the_same_again_is_none(bench: Bench) -> None:
    await bench.put(SHORTEST)
    source = bench.source()
    try:
        assert (await source.load()).owner == "prod"
        looking = asyncio.create_task(source.look())
        await bench.put(SHORTEST)
        assert await looking is False
        await bench.put(OTHER)
        await changed(source)
        assert (await source.load()).owner == "test"
    finally:
        source.close()


async def test_an_edit_between_reading_and_looking_is_not_overlooked(bench: Bench) -> None:
    await bench.put(SHORTEST)
    source = bench.source()
    try:
        await source.load()
        await bench.put(OTHER)
        await bench.put(SHORTEST.replace("prod", "third"))
        await changed(source)
        assert (await source.load()).owner == "third"
    finally:
        source.close()


async def test_a_bad_edit_names_source_and_line_and_is_told_once(bench: Bench) -> None:
    await bench.put(SHORTEST)
    source = bench.source()
    try:
        await source.load()
        await bench.put(BAD)
        await changed(source)
        with pytest.raises(ConfigError) as raised:
            await source.load()
        assert f"{bench.ref}: line 2: clusters" in str(raised.value)
        assert f"{bench.ref}: line 3: secret" in str(raised.value)
        assert "hunter2" not in str(raised.value)
        looking = asyncio.create_task(source.look())
        await bench.put(BAD)
        assert await looking is False
        await bench.put(SHORTEST)
        await changed(source)
        assert (await source.load()).owner == "prod"
    finally:
        source.close()


async def test_what_is_not_there_is_named_with_the_next_step(bench: Bench) -> None:
    source = bench.source()
    try:
        with pytest.raises(SourceError, match=r"cannot be read: .*; .*--config") as raised:
            await source.load()
    finally:
        source.close()
    assert bench.ref in str(raised.value)
    assert "\n" not in str(raised.value)


async def test_what_goes_away_is_told_and_comes_back(bench: Bench) -> None:
    await bench.put(SHORTEST)
    source = bench.source()
    try:
        await source.load()
        await bench.remove()
        with pytest.raises(SourceError, match="cannot be read"):
            await changed(source)
        await bench.put(SHORTEST)  # in Parameter Store at version 1, as it was
        assert await source.look() is False
        await bench.remove()
        await bench.put(OTHER)
        await changed(source)
        assert (await source.load()).owner == "test"
    finally:
        source.close()


async def test_a_service_that_is_not_there_is_one_line(bench: Bench) -> None:
    source = bench.source(reachable=False)
    try:
        for _ in range(2):
            with pytest.raises(SourceError, match=r"cannot be read: Unreachable: .*; check"):
                await source.load()
    finally:
        source.close()
