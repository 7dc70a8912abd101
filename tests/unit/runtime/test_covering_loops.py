"""The loops around coverage: what fails is told, tried again, and ends nothing."""

from __future__ import annotations

import asyncio

from daemonctl.model.discovery import Service
from daemonctl.model.ids import Owner
from daemonctl.ports.consul import CatalogError
from daemonctl.runtime.census import Census, census_interval
from daemonctl.runtime.concern import Concern
from daemonctl.runtime.doorbell import Doorbell
from daemonctl.runtime.facts import ListingEnded
from daemonctl.runtime.lookout import Lookout
from daemonctl.runtime.view import View
from tests.simulation.loop import VirtualClock, VirtualLoop
from tests.unit.runtime.rig import on_virtual_time


class Moody:
    """ports.registrations: fails as it is told, and counts."""

    def __init__(self) -> None:
        self.error: Exception | None = CatalogError("Unreachable", "nobody is there")
        self.asked = 0
        self.news = asyncio.Event()

    async def rung(self) -> bool:
        self.asked += 1
        if self.error is not None:
            raise self.error
        await self.news.wait()
        self.news.clear()
        return False

    async def of_node(self, node: str) -> tuple[Service, ...]:
        raise AssertionError(node)


def test_a_doorbell_that_failed_rings_once_it_works_again() -> None:
    async def story(loop: VirtualLoop) -> None:
        clock, moody = VirtualClock(loop), Moody()
        bell = Doorbell(moody, clock)  # type: ignore[arg-type]  so much of it
        bell.listen(moody)
        await clock.sleep(20)
        assert bell.trouble == "Unreachable: nobody is there"
        assert 3 <= moody.asked <= 6  # ever less often
        moody.error = ValueError("odd")
        await clock.sleep(16)
        assert bell.trouble == "ValueError: odd; this is a bug in daemonctl: report it"
        assert bell.rang_at == 0.0
        moody.error = None
        moody.news.set()
        await clock.sleep(16)
        assert bell.trouble == ""
        rang_at = bell.rang_at
        assert rang_at > 0.0
        moody.news.set()
        await clock.sleep(5)
        assert bell.rang_at == rang_at  # once
        await bell.leave(moody)

    on_virtual_time(story)


class NoCluster:
    """ports.Cluster of which every call fails."""

    def __init__(self) -> None:
        self.asked = 0

    async def list_tasks(self) -> tuple[str, ...]:
        self.asked += 1
        raise ValueError("odd")


def test_a_census_that_fails_is_told_and_tried_again() -> None:
    async def story(loop: VirtualLoop) -> None:
        clock, cluster = VirtualClock(loop), NoCluster()
        view = View(Owner("test"), (), clock.now())
        census = Census(cluster, view, lambda _: None, clock, 60.0)  # type: ignore[arg-type]  so much of it
        running = asyncio.ensure_future(census.run())
        await clock.sleep(5)
        assert cluster.asked == 0  # nobody asks, and there is no view
        view.mind(Concern("daemonctl/test", everything=True))
        view.registered.ask(())
        view.apply(ListingEnded(clock.now(), clock.now()))
        await clock.sleep(10)
        assert census.trouble == "ValueError: odd; this is a bug in daemonctl: report it"
        assert 2 <= cluster.asked <= 5
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    on_virtual_time(story)


def test_without_a_node_to_read_nothing_is_asked() -> None:
    async def story(loop: VirtualLoop) -> None:
        clock, moody = VirtualClock(loop), Moody()
        view = View(Owner("test"), (), clock.now())
        bell = Doorbell(moody, clock)  # type: ignore[arg-type]  so much of it
        lookout = Lookout(view.registered, bell, lambda _: None, clock)
        running = asyncio.ensure_future(lookout.run())
        await clock.sleep(5)
        assert lookout.trouble == ""
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    on_virtual_time(story)


def test_a_census_is_made_with_a_resync_or_every_few_polls() -> None:
    assert census_interval(600.0, 30.0, queue=True) == 600.0
    assert census_interval(10.0, 30.0, queue=True) == 60.0
    assert census_interval(600.0, 30.0, queue=False) == 150.0
