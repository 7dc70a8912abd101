"""Replicas agree on who leads, on virtual time and a lock store that keeps Consul's rules."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from daemonctl.model.lease import Power
from daemonctl.planning.leadership import Rules
from daemonctl.ports.lease import Lock
from tests.simulation.loop import VirtualLoop
from tests.unit.runtime.replicas import RULES, TAKEOVER, One, Scene
from tests.unit.runtime.rig import on_virtual_time

Story = Callable[[Scene], Coroutine[Any, Any, None]]


def played(story: Story) -> None:
    async def whole(loop: VirtualLoop) -> None:
        scene = Scene(loop)
        try:
            await story(scene)
        finally:
            await scene.close()

    on_virtual_time(whole)


async def two(scene: Scene) -> tuple[One, One]:
    """Who leads, and who stands by."""
    one = scene.join("a")
    await scene.until(lambda: one.leads() == ["web"], 1)
    other = scene.join("b")
    await scene.until(lambda: other.seat.holder.session != "", 1)
    return one, other


def test_one_leads_and_the_other_knows_where() -> None:
    async def story(scene: Scene) -> None:
        one, other = await two(scene)
        await scene.pass_by(120)
        assert (one.leads(), other.leads()) == (["web"], [])
        advert = other.seat.holder.advert
        assert advert is not None
        assert (advert.host, advert.address, advert.task) == ("a", "http://a:1", "task/a")
        assert other.seat.term is None
        assert one.lease.calls.count("renew") >= 30

    played(story)


def test_killed_the_other_leads_within_two_ttls_and_the_lock_delay() -> None:
    async def story(scene: Scene) -> None:
        one, other = await two(scene)
        await scene.pass_by(33.3)
        await one.replica.crash()
        assert await scene.until(lambda: other.leads() == ["web"], TAKEOVER) > 2 * RULES.ttl - 5
        assert one.leads() == []

    played(story)


def test_ended_the_other_leads_at_once() -> None:
    async def story(scene: Scene) -> None:
        one, other = await two(scene)
        await one.end()
        assert await scene.until(lambda: other.leads() == ["web"], 2) < 1

    played(story)


def test_two_never_lead_at_once_by_their_own_clocks() -> None:
    async def story(scene: Scene) -> None:
        one, other = await two(scene)
        one.lease.cut = True
        while not other.leads():
            assert scene.clock.now() < 1e12
            both = [one.seat.power(), other.seat.power()]
            assert both.count(Power.FULL) <= 1
            await scene.clock.sleep(0.05)
        assert one.seat.power() is Power.REPAIR  # cut off, it cannot know

    played(story)


def test_the_holder_goes_on_repairing_while_the_store_is_down_and_leads_after_it() -> None:
    async def story(scene: Scene) -> None:
        one, other = await two(scene)
        term = one.seat.term
        scene.locks.down = True
        await scene.until(lambda: one.seat.power() is Power.REPAIR, 11)
        repair = one.seat.repair
        assert repair is not None
        assert repair.gaps_since > 0
        assert "only starts and repairs" in repair.words
        assert "Consul cannot be reached" in repair.words
        await scene.pass_by(5)
        assert other.seat.power() is Power.NONE
        assert one.seat.term == term
        scene.locks.down = False
        await scene.until(lambda: one.leads() == ["web"], 2)
        assert one.seat.term == term
        assert other.replica.trouble == ""

    played(story)


def test_an_ended_session_loses_the_lease_and_another_term_begins() -> None:
    async def story(scene: Scene) -> None:
        one, _ = await two(scene)
        term = one.seat.term
        scene.locks.end(one.replica.session)
        await scene.until(lambda: one.seat.held_since is None, 5)
        assert one.seat.power() is Power.NONE
        assert one.seat.doubt == "another replica leads, or nobody does"
        await scene.until(lambda: any(each.leads() for each in scene.all), 10)
        assert one.seat.term != term

    played(story)


def test_a_lease_that_somebody_takes_away_is_lost() -> None:
    async def story(scene: Scene) -> None:
        one = scene.join("a")
        await scene.until(lambda: one.leads() == ["web"], 1)
        scene.locks.locks[one.seat.key] = Lock("somebody", b"{}")
        await scene.until(lambda: one.seat.held_since is None, 5)
        assert one.seat.holder.advert is None

    played(story)


def test_an_answer_that_was_lost_is_found_out() -> None:
    async def story(scene: Scene) -> None:
        one = scene.join("a")
        await scene.until(lambda: one.replica.session != "", 1)
        one.seat.lost()
        scene.locks.locks[one.seat.key] = Lock(one.replica.session, b"{}")
        await scene.until(lambda: one.leads() == ["web"], 5)

    played(story)


def test_clusters_are_shared_and_all_taken_over() -> None:
    names = ("c1", "c2", "c3", "c4")

    async def story(scene: Scene) -> None:
        one, other = scene.join("a", *names), scene.join("b", *names)
        await scene.until(lambda: len(one.leads()) == len(other.leads()) == 2, 60)
        assert sorted(one.leads() + other.leads()) == list(names)
        await scene.pass_by(60)
        assert (len(one.leads()), len(other.leads())) == (2, 2)
        await one.replica.crash()
        await scene.until(lambda: len(other.leads()) == 4, TAKEOVER + 1)

    played(story)


def test_a_replica_that_joins_later_is_handed_its_share() -> None:
    names = ("c1", "c2", "c3")

    async def story(scene: Scene) -> None:
        one = scene.join("a", *names)
        await scene.until(lambda: len(one.leads()) == 3, 2)
        other = scene.join("b", *names)
        await scene.pass_by(20)
        assert other.leads() == []
        await scene.until(lambda: other.leads() == ["c3"], 15)
        assert one.leads() == ["c1", "c2"]

    played(story)


def test_what_the_other_does_not_want_is_taken_back_and_not_offered_again_soon() -> None:
    async def story(scene: Scene) -> None:
        one = scene.join("a", "c1", "c2")
        await scene.until(lambda: len(one.leads()) == 2, 2)
        scene.join("b")  # it stands for no cluster of these
        await scene.until(lambda: one.leads() == ["c1"], 40)
        await scene.until(lambda: one.leads() == ["c1", "c2"], 40)
        await scene.pass_by(30)
        assert "c2" in one.leads()

    played(story)


def orphans(story: Story, rules: Rules = RULES) -> None:
    """Fresh replicas while the store is down."""

    async def whole(scene: Scene) -> None:
        scene.locks.down = True
        for name in ("a", "b"):
            one = scene.join(name, rules=rules)
            one.own.tasks = ("task/a", "task/b")
        await story(scene)

    played(whole)


def test_where_nobody_led_the_oldest_task_repairs_after_three_ttls() -> None:
    async def story(scene: Scene) -> None:
        one, other = scene.all
        began = scene.clock.now()
        await scene.until(lambda: one.seat.power() is Power.REPAIR, 35)
        assert scene.clock.now() - began >= 30
        assert one.seat.repair is not None
        assert one.seat.repair.gaps_since == 0.0
        assert one.seat.term == 0.0
        await scene.pass_by(30)
        assert other.seat.power() is Power.NONE
        one.own.tasks = other.own.tasks = ("task/b",)  # the oldest one went
        await scene.until(lambda: other.seat.power() is Power.REPAIR, 15)
        await scene.until(lambda: one.seat.power() is Power.NONE, 15)
        scene.locks.down = False
        await scene.until(lambda: bool(one.leads() or other.leads()), 2)

    orphans(story)


def test_with_wait_nobody_does() -> None:
    async def story(scene: Scene) -> None:
        await scene.pass_by(60)
        assert {each.seat.power() for each in scene.all} == {Power.NONE}

    orphans(story, Rules(10.0, 5.0, repair=False))


def test_who_cannot_be_asked_for_repairs_nothing() -> None:
    async def story(scene: Scene) -> None:
        one = scene.all[0]
        one.own.fails = True
        await scene.pass_by(60)
        assert one.seat.power() is Power.NONE
        words = [line for line in one.sink.lines if "own ECS service" in line[1]]
        assert words
        assert one.own.asked < 10

    orphans(story)


def test_a_standby_repairs_only_once_who_led_last_runs_no_more() -> None:
    async def story(scene: Scene) -> None:
        one, other = await two(scene)
        other.own.tasks = ("task/b", "task/a")
        scene.locks.down = True
        await scene.pass_by(60)
        assert (one.seat.power(), other.seat.power()) == (Power.REPAIR, Power.NONE)
        await one.replica.crash()
        other.own.tasks = ("task/b",)
        await scene.until(lambda: other.seat.power() is Power.REPAIR, 15)

    played(story)


def test_who_stands_for_nothing_any_more_is_no_replica_and_may_come_back() -> None:
    async def story(scene: Scene) -> None:
        one, other = await two(scene)
        await other.replica.withdraw(other.seat)
        assert len(scene.locks.sessions) == 1
        other.seats = [other.replica.stand(other.seat.alias, other.seat.key)]
        await scene.until(lambda: len(scene.locks.sessions) == 2, 1)
        await one.end()
        await scene.until(lambda: other.leads() == ["web"], 2)

    played(story)
