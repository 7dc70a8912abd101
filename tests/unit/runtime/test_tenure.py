"""Who leads is told once with each change: to the journal of whoever leads, and to a standby's."""

from __future__ import annotations

from daemonctl.runtime import tenure
from tests.unit.runtime.replicas import TAKEOVER, One, Scene
from tests.unit.runtime.test_leadership import played, two


def rows(one: One) -> list[tuple[str, str]]:
    return [(code, words) for _, code, words in one.sink.leaders]


def test_each_says_once_who_leads_and_where() -> None:
    async def story(scene: Scene) -> None:
        one, other = await two(scene)
        await scene.pass_by(60)
        assert one.sink.leaders == [("web", "LEADS", "a leads")]
        assert rows(other) == [("STANDBY", "a (http://a:1) leads, b stands by")]

    played(story)


def test_who_follows_a_dead_leader_says_whom() -> None:
    async def story(scene: Scene) -> None:
        one, other = await two(scene)
        await one.replica.crash()
        await scene.until(lambda: other.leads() == ["web"], TAKEOVER)
        await scene.pass_by(10)
        assert rows(other)[1:] == [
            ("NOBODY", "nobody leads: the lease is free"),
            ("LEADS", "b leads, after a (http://a:1)"),
        ]

    played(story)


def test_who_ends_says_so_and_who_only_stood_by_does_not() -> None:
    async def story(scene: Scene) -> None:
        one, other = await two(scene)
        await other.end()
        await one.end()
        words = "a let go of the cluster: it ends, or its config has it no more"
        assert rows(one)[-1] == ("LET_GO", words)
        assert [code for code, _ in rows(other)] == ["STANDBY"]

    played(story)


def test_without_the_lock_store_it_repairs_and_leads_again() -> None:
    async def story(scene: Scene) -> None:
        one, _ = await two(scene)
        scene.locks.down = True
        await scene.pass_by(12)
        scene.locks.down = False
        await scene.pass_by(10)
        codes = [code for code, _ in rows(one)]
        assert codes == ["LEADS", "REPAIRS", "LEADS"]
        assert rows(one)[1][1].startswith(
            "a only starts and repairs, without the lease: Unreachable: Con"
        )

    played(story)


def test_a_replica_that_begins_without_the_lock_store_does_not_say_that_nobody_leads() -> None:
    async def story(scene: Scene) -> None:
        scene.locks.down = True
        one = scene.join("a")
        await scene.pass_by(5)
        assert rows(one) == [
            (
                "UNSURE",
                "who leads is not known, a writes nothing: Unreachable: Consul cannot be reached",
            )
        ]

    played(story)


def test_a_session_that_ended_is_told_as_the_reason() -> None:
    async def story(scene: Scene) -> None:
        one, _ = await two(scene)
        scene.locks.end(one.replica.session)
        await scene.pass_by(30)
        why = f": {tenure.LOST}"
        assert [(code, words.endswith(why)) for code, words in rows(one)][1] == ("NOBODY", True)
        assert [words.endswith(why) for _, words in rows(one)].count(True) == 1

    played(story)


def test_what_is_handed_over_is_told_with_its_reason() -> None:
    async def story(scene: Scene) -> None:
        one = scene.join("a", "api", "web")
        await scene.until(lambda: len(one.leads()) == 2, 2)
        scene.join("b", "api", "web")
        await scene.until(lambda: len(one.leads()) == 1, 120)
        await scene.pass_by(10)
        (last,) = [row for row in one.sink.leaders if "handed over" in row[2]]
        assert last[1] in ("NOBODY", "STANDBY")
        assert last[2].endswith(": it was handed over to a replica that leads fewer")

    played(story)
