"""What the demo looks for, each in words that hold the numbers."""

from __future__ import annotations

from collections.abc import Sequence

from daemonctl.cli.demo_ecs import Task
from daemonctl.cli.demo_play import Play, Sight
from daemonctl.cli.show import now

AGENT, REGISTRATOR, PROFILER = "consul-agent", "registrator", "profiler"
FREE, GATED = "elasticsearch", "kibana"
"""A service that lands anywhere, and one that asks for the gate."""
STARTS, STOPS = (0.1, 0.5), (0.1, 0.3)
"""Seconds that a container takes here: a story should not wait for images."""


def ready(play: Play, daemon: str, hosts: int) -> Sight:
    """A daemon is ready on all of them."""
    found = play.daemon(daemon)
    count, desired = (found.ready, found.desired) if found is not None else (0, 0)
    return Sight(count == desired == hosts, f"ready: {daemon} {count} of {hosts}")


def both_ready(play: Play, hosts: int) -> Sight:
    """Both are, and ECS has exactly one task of each on each."""
    sights = [ready(play, daemon, hosts) for daemon in (AGENT, REGISTRATOR)]
    slots = [(each.instance, each.group) for each in play.ecs.ours()]
    once = len(slots) == len(set(slots)) == 2 * hosts
    words = ", ".join(each.words.removeprefix("ready: ") for each in sights)
    words = f"ready: {words}; {len(slots)} tasks in ECS"
    return Sight(once and all(each.held for each in sights), words)


def in_order(tasks: Sequence[Task], hosts: int) -> Sight:
    """Each registrator was created after the agent of its instance ran."""
    ran = {each.instance: each.started for each in tasks if each.group.endswith(AGENT)}
    gaps = [
        each.created - began
        for each in tasks
        if each.group.endswith(REGISTRATOR) and (began := ran.get(each.instance)) is not None
    ]
    after = [gap for gap in gaps if gap >= 0]
    words = f"{len(after)} of {hosts} registrators came after their agent ran"
    least = f", by {min(after):.2f} to {max(after):.2f} s" if after else ""
    return Sight(len(after) == len(gaps) == hosts, words + least)


def services(play: Play) -> Sight:
    """ECS's own services run as many tasks as they should."""
    rows = play.ecs.services(FREE, GATED)
    told = ", ".join(f"{name} {running} of {desired}" for name, running, desired in rows)
    whole = [running == desired for _, running, desired in rows]
    return Sight(len(whole) == len((FREE, GATED)) and all(whole), f"services beside them: {told}")


def task_on(play: Play, daemon: str, instance: str) -> str:
    """The ARN of a daemon's live task on an instance."""
    return next(
        each.arn
        for each in play.ecs.ours()
        if each.instance == instance and each.group == f"daemonctl-{daemon}"
    )


def died(play: Play, victim: str, who: str) -> Sight:
    """ECS tells that a task stopped, and with which exit code."""
    task = play.ecs.task(victim)
    words = f"{who}: {task.status}"
    code = f", exit code {task.exit_code}" if task.exit_code is not None else ""
    return Sight(task.status == "STOPPED" and task.exit_code is not None, words + code)


def back(play: Play, daemon: str, victim: str, name: str) -> Sight:
    """Another task is ready in a dead one's place; the time between is ECS's own."""
    dead = play.ecs.task(victim)
    verdict = play.verdict(name, daemon)
    new = next((each for each in play.ecs.ours() if each.arn.endswith(f"/{verdict.task}")), None)
    if new is None or new.arn == victim or new.started is None or dead.stopped is None:
        return Sight(False, f"{daemon} on {name}: {verdict.code}")
    later = f"next ran {new.started - dead.stopped:.1f} s later"
    return Sight(verdict.code == "READY", f"{daemon} on {name}: {verdict.code}, {later}")


def backs_off(play: Play, instance: str, name: str, failures: int) -> Sight:
    """A daemon has failed so often in a row, and waits."""
    verdict = play.verdict(instance, REGISTRATOR)
    failure = verdict.last_failure
    if failure is None:
        return Sight(False, f"registrator on {name}: {verdict.code}, 0 failures")
    left = (failure.until - now()).total_seconds()
    words = f"registrator on {name}: {verdict.code}, {failure.streak} failures"
    until = f", {left:.1f} s to go" if left > 0 else ""
    return Sight(
        verdict.code == "BACKOFF" and failure.streak >= failures and left > 0, words + until
    )


def evidence(play: Play, instance: str) -> Sight:
    """What ended it, as `explain` has it."""
    failure = play.verdict(instance, REGISTRATOR).last_failure
    if failure is None:
        return Sight(False, "no failure is told")
    container = failure.words.partition(";")[0]
    return Sight("exited with code 1" in container, f"{failure.code}: {container}")


def others_go_on(play: Play, instance: str, others: int) -> Sight:
    """While it waits on one instance, it is ready on the others."""
    code = play.verdict(instance, REGISTRATOR).code
    found = play.daemon(REGISTRATOR)
    count = found.ready if found is not None else 0
    words = f"meanwhile registrator is ready on {count} of {others} others"
    return Sight(count == others and code == "BACKOFF", words)


def healed(play: Play, instance: str) -> Sight:
    """It runs once more, no sooner than its backoff allowed."""
    verdict = play.verdict(instance, REGISTRATOR)
    words = f"fault removed: {verdict.code}"
    failure = verdict.last_failure
    if verdict.code != "READY" or verdict.since is None or failure is None:
        return Sight(False, words)
    after = (verdict.since - failure.at).total_seconds()
    wait = (failure.until - failure.at).total_seconds()
    words += f", {after:.1f} s after the last failure (backoff {wait:.0f} s)"
    return Sight(after >= wait, words)
