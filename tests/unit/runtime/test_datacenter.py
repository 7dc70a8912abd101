"""One watch a datacenter, for as many clusters as ask; what is told of it when it fails."""

from __future__ import annotations

from daemonctl.model.discovery import Node, Serf
from daemonctl.ports.consul import CatalogError, CatalogNews
from daemonctl.runtime.datacenter import Datacenter
from daemonctl.runtime.facts import CatalogSeen
from tests.simulation.loop import VirtualClock, VirtualLoop
from tests.stand_ins.consul_catalog import MemoryCatalog, Registry
from tests.unit.runtime.rig import Told, on_virtual_time

ONE, TWO = (Node(name, "10.0.0.1", Serf.ALIVE, {"a": "b"}) for name in ("one", "two"))


class Heard(list[CatalogSeen]):
    """The facts of one listener."""


class Stage:
    def __init__(self, loop: VirtualLoop) -> None:
        self.clock = VirtualClock(loop)
        self.registry = Registry()
        self.registry.put(TWO)
        self.registry.put(ONE)
        self.told = Told()
        self.catalog = MemoryCatalog(self.registry, self.clock)
        self.watches = 0
        self.datacenter = Datacenter(self, "dc1", self.clock, self.told)

    async def watch(self) -> CatalogNews:
        self.watches += 1
        return await self.catalog.watch()


def test_everybody_hears_the_same_from_one_watch() -> None:
    async def story(loop: VirtualLoop) -> None:
        stage, first, second = Stage(loop), [], Heard()
        stage.datacenter.listen(first.append)
        await stage.clock.sleep(1)
        stage.datacenter.listen(second.append)
        assert first == [CatalogSeen((ONE, TWO), (), stage.datacenter.as_of or 0)]
        assert second == [CatalogSeen((ONE, TWO), (), stage.datacenter.as_of or 0, whole=True)]
        stage.registry.remove("one")
        await stage.clock.sleep(1)
        assert first[-1] == second[-1] == CatalogSeen((), ("one",), stage.datacenter.as_of or 0)
        assert stage.watches == 3
        late = Heard()
        stage.datacenter.listen(late.append)
        assert [fact.changed for fact in late] == [(TWO,)]
        for hear in (first.append, second.append, late.append):
            await stage.datacenter.leave(hear)

    on_virtual_time(story)


def test_nobody_listens_and_nothing_is_asked() -> None:
    async def story(loop: VirtualLoop) -> None:
        stage, heard = Stage(loop), Heard()
        stage.datacenter.listen(heard.append)
        await stage.clock.sleep(1)
        await stage.datacenter.leave(heard.append)
        before = stage.watches
        stage.registry.remove("one")
        await stage.clock.sleep(100)
        assert stage.watches == before
        stage.datacenter.listen(heard.append)
        await stage.clock.sleep(1)
        assert heard[-1].gone == ("one",)
        assert [fact.whole for fact in heard] == [False, True, False]
        await stage.datacenter.leave(heard.append)

    on_virtual_time(story)


def test_an_outage_is_told_once_and_its_end() -> None:
    async def story(loop: VirtualLoop) -> None:
        stage, heard = Stage(loop), Heard()
        stage.datacenter.listen(heard.append)
        await stage.clock.sleep(1)
        as_of = stage.datacenter.as_of
        stage.registry.fail(down=True)
        await stage.clock.sleep(100)
        state = stage.datacenter.state
        assert state.as_of == as_of
        assert state.trouble == "Unreachable: Consul cannot be reached"
        assert stage.clock.now() - stage.datacenter.turn.last < stage.datacenter.turn.bound
        assert stage.watches < 15
        stage.registry.fail(down=False)
        await stage.clock.sleep(20)
        assert stage.datacenter.state.trouble == ""
        assert [line[1] for line in stage.told.lines] == [
            "Consul's catalog cannot be read",
            "Consul's catalog is read again",
        ]
        await stage.datacenter.leave(heard.append)

    on_virtual_time(story)


def test_a_bug_in_the_watch_does_not_end_it() -> None:
    class Broken(Stage):
        async def watch(self) -> CatalogNews:
            if self.watches == 0:
                self.watches += 1
                raise ZeroDivisionError("oh")
            return await super().watch()

    async def story(loop: VirtualLoop) -> None:
        stage, heard = Broken(loop), Heard()
        stage.datacenter.listen(heard.append)
        await stage.clock.sleep(0.5)
        assert "this is a bug in daemonctl" in stage.datacenter.trouble
        await stage.clock.sleep(2)
        assert heard
        await stage.datacenter.leave(heard.append)

    on_virtual_time(story)


def test_errors_say_code_and_words() -> None:
    error = CatalogError("Timeout", "no answer", ambiguous=True)
    assert (str(error), error.code, error.ambiguous) == ("Timeout: no answer", "Timeout", True)
