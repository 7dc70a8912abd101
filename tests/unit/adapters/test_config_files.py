from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from daemonctl.adapters.config import ConfigError
from daemonctl.adapters.config.files import FileSource
from tests.unit.adapters.configs import SHORTEST
from tests.unit.adapters.conftest import StandingClock

OTHER = SHORTEST.replace("owner: prod", "owner: test")


async def changed(source: FileSource) -> None:
    while not await source.look():
        pass


async def turns(task: asyncio.Task[None], many: int = 20) -> bool:
    """Whether a task ends within so many looks."""
    for _ in range(many):
        await asyncio.sleep(0)
    return task.done()


async def test_a_change_is_seen_within_a_look(tmp_path: Path, clock: StandingClock) -> None:
    file = tmp_path / "daemonctl.yaml"
    file.write_text(SHORTEST)
    source = FileSource(str(file), clock)
    assert (await source.load()).owner == "prod"
    change = asyncio.create_task(changed(source))
    assert not await turns(change)
    assert set(clock.slept) == {1.0}
    file.touch()
    file.write_text(SHORTEST)  # the same again is no change
    assert not await turns(change)
    file.write_text(OTHER)
    assert await turns(change)
    assert (await source.load()).owner == "test"
    change = asyncio.create_task(changed(source))
    assert not await turns(change)
    change.cancel()


async def test_renames_and_kubernetes_links_are_followed(
    tmp_path: Path, clock: StandingClock
) -> None:
    for name, text in (("..1", SHORTEST), ("..2", OTHER)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "daemonctl.yaml").write_text(text)
    (tmp_path / "..data").symlink_to("..1")
    (tmp_path / "daemonctl.yaml").symlink_to("..data/daemonctl.yaml")
    source = FileSource(str(tmp_path / "daemonctl.yaml"), clock)
    assert (await source.load()).owner == "prod"
    change = asyncio.create_task(changed(source))
    assert not await turns(change)
    (tmp_path / "..new").symlink_to("..2")
    (tmp_path / "..new").rename(tmp_path / "..data")
    assert await turns(change)
    assert (await source.load()).owner == "test"
    change = asyncio.create_task(changed(source))
    (tmp_path / "next").write_text(SHORTEST)
    (tmp_path / "next").replace(tmp_path / "daemonctl.yaml")
    assert await turns(change)


async def test_a_bad_edit_is_told_once(tmp_path: Path, clock: StandingClock) -> None:
    file = tmp_path / "daemonctl.yaml"
    file.write_text("owner: P\n")
    source = FileSource(str(file), clock)
    with pytest.raises(ConfigError, match=r"daemonctl.yaml: line 1: owner"):
        await source.load()
    change = asyncio.create_task(changed(source))
    assert not await turns(change)
    file.unlink()
    assert await turns(change)
    with pytest.raises(ConfigError, match=r"No such file.*--config") as raised:
        await source.load()
    assert raised.value.faults[0].line == 0
    change = asyncio.create_task(changed(source))
    assert not await turns(change)
    file.write_text(SHORTEST)
    assert await turns(change)
    assert (await source.load()).owner == "prod"


async def test_a_directory_is_no_config(tmp_path: Path, clock: StandingClock) -> None:
    with pytest.raises(ConfigError, match="directory"):
        await FileSource(str(tmp_path), clock).load()


async def test_json_is_known_by_its_name(tmp_path: Path, clock: StandingClock) -> None:
    file = tmp_path / "daemonctl.JSON"
    file.write_text(SHORTEST)
    with pytest.raises(ConfigError, match="no JSON"):
        await FileSource(str(file), clock).load()
