"""The demo's chapters on updates: one that goes through, and one that undoes itself."""

from __future__ import annotations

from collections.abc import Sequence

from daemonctl.cli import demo_seen as seen
from daemonctl.cli.demo_ecs import Task
from daemonctl.cli.demo_play import Play, Sight
from daemonctl.cli.demo_seen import AGENT, REGISTRATOR
from daemonctl.cli.demo_stage import AT_MOST

EXIT_CODE = 3
COMPLETE = "COMPLETE"


def update(play: Play, hosts: int) -> None:
    """A new revision of registrator, a few hosts at a time."""
    old = {each.arn for each in _tasks(play, REGISTRATOR)}
    new = _want(play, REGISTRATOR)

    def updated() -> Sight:
        on = sum(each.revision == new for each in _tasks(play, REGISTRATOR))
        result = _result(play, REGISTRATOR)
        return Sight(on == hosts and result == COMPLETE, f"{new} on {on} of {hosts}: {result}")

    def within_budget() -> Sight:
        most = _empty_at_once(play, old)
        words = f"at most {most} hosts were without it at once; maxUnavailable is {AT_MOST}"
        return Sight(0 < most <= AT_MOST, words)

    play.see(40, updated)
    play.see(5, within_budget)
    play.see(10, lambda: seen.both_ready(play, hosts))


def bad_update(play: Play, hosts: int) -> None:
    """A revision of consul-agent that exits at once: one canary fails, and the rest is spared."""
    good = _tasks(play, AGENT)[0].revision
    bad = f"{AGENT}:{int(good.rpartition(':')[2]) + 1}"
    body: dict[str, object] = {
        "family": bad,
        "behaviour": {"start_seconds": seen.STARTS, "exit_after": 0.1, "exit_code": EXIT_CODE},
    }
    play.local("behave", body=body)
    _want(play, AGENT)

    def failed() -> Sight:
        rollout = play.document(AGENT).rollout
        broken = rollout.failed if rollout is not None else ()
        if not broken:
            return Sight(False, f"{bad}: its canary has not failed yet")
        one = broken[0]
        words = f"{bad} on {one.ec2_instance_id}: {one.reason.partition(':')[0]}"
        return Sight(one.exit_code == EXIT_CODE, f"{words}, exit code {one.exit_code}")

    def undone() -> Sight:
        found = play.daemon(AGENT)
        codes = [each.notice for each in found.conditions] if found is not None else []
        back = sum(each.revision == good for each in _tasks(play, AGENT))
        result = "rolled back" if "ROLLED_BACK" in codes else _result(play, AGENT)
        words = f"{result}: {good} on {back} of {hosts}"
        return Sight("ROLLED_BACK" in codes and back == hosts, words)

    def spared() -> Sight:
        tries = [each for each in play.ecs.ended(AGENT) if each.revision == bad]
        at = len({each.instance for each in tries})
        words = f"{bad} was tried {len(tries)} times on {at} of {hosts} hosts"
        return Sight(at == 1 and len(tries) > 1, words)

    play.see(30, failed)
    play.see(30, undone)
    play.see(5, spared)
    play.see(10, lambda: seen.both_ready(play, hosts))


def _want(play: Play, family: str) -> str:
    """Registers a further revision and asks for it in the config."""
    new = play.ecs.revise(family)
    old = f"taskDefinition: {family}\n"
    play.stage.edit_config(lambda text: text.replace(old, f"taskDefinition: {new}\n"))
    return new


def _tasks(play: Play, daemon: str) -> list[Task]:
    return [each for each in play.ecs.ours() if each.group == f"daemonctl-{daemon}"]


def _result(play: Play, daemon: str) -> str:
    rollout = play.document(daemon).rollout
    return rollout.result if rollout is not None else ""


def _empty_at_once(play: Play, old: set[str]) -> int:
    """How many hosts were between the old task's stop and the new one's start, at the worst."""
    ran = {each.instance: each.started for each in _tasks(play, REGISTRATOR)}
    edges: list[tuple[float, int]] = []
    for each in play.ecs.ended(REGISTRATOR):
        until = ran.get(each.instance)
        if each.arn in old and each.stopping is not None and until is not None:
            edges += [(each.stopping, 1), (until, -1)]
    return _worst(sorted(edges))


def _worst(edges: Sequence[tuple[float, int]]) -> int:
    now = worst = 0
    for _, change in edges:
        now += change
        worst = max(worst, now)
    return worst
