"""The demo's story: what happens, and what must be seen then."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from daemonctl.cli import demo_gate as gate
from daemonctl.cli import demo_seen as seen
from daemonctl.cli.demo_drain import drain
from daemonctl.cli.demo_play import Play, Sight
from daemonctl.cli.demo_seen import AGENT, FREE, GATED, PROFILER, REGISTRATOR
from daemonctl.cli.demo_stage import AT_MOST, CLUSTER
from daemonctl.cli.demo_updates import bad_update, update
from daemonctl.runtime.report import InstanceRow

HOSTS, JOINING = 10, 3
JOINED, LEFT = HOSTS + JOINING, HOSTS + JOINING - 1
FEW, MANY = 2, LEFT - 1
"""Tasks of the gated service: at first, and later one on each host but one."""
TOO_MUCH = 8192  # MiB; an instance of the local ECS has 7680
SWITCHES: Mapping[str, str] = {"deregister-lag-seconds": "1,2", "placement-retry-seconds": "0.5"}
"""ECS may take a minute to notice that a host is gone; a story should not."""

_DAEMON = """\
  - {{name: {name}, taskDefinition: {name}, required: false}}
"""


def set_up(play: Play) -> None:
    """Both processes, and two services for company."""
    play.screen.title("Set up")
    play.stage.start_ecs(HOSTS, SWITCHES)
    play.until(20, play.stage.ecs_is_up, "the local ECS starts")
    for family in (AGENT, REGISTRATOR, FREE, GATED):
        _behaves(play, family)
    play.ecs.serve(FREE, 3)
    play.ecs.serve(GATED, FEW, *gate.CONSTRAINTS)
    zones = play.ecs.zones()
    play.screen.line(
        f"ECS at {play.stage.endpoint}: {len(zones)} instances in "
        f"{len(set(zones.values()))} zones, 2 services"
    )
    process = play.stage.start_controller()
    play.until(20, play.stage.controller_is_up, "the controller starts")
    play.screen.line(f"controller: process {process}, its page at {play.stage.server}/")


def ten_hosts(play: Play) -> None:
    play.see(25, lambda: seen.ready(play, AGENT, HOSTS))
    play.see(25, lambda: seen.both_ready(play, HOSTS))
    play.see(5, lambda: seen.in_order(play.ecs.ours(), HOSTS))
    play.see(20, lambda: seen.services(play))
    play.see(5, lambda: gate.behind_the_gate(play, FEW))


def agent_dies(play: Play) -> None:
    row = _in_order(play)[-1]
    victim = seen.task_on(play, AGENT, row.arn)
    play.local("tasks", "kill", body={"task": victim, "exitCode": 137})
    play.see(10, lambda: seen.died(play, victim, f"{AGENT} on {row.ec2_instance_id}"))
    play.see(15, lambda: seen.back(play, AGENT, victim, row.ec2_instance_id))


def three_join(play: Play) -> None:
    known = play.ecs.registered()
    play.local("instances", body={"count": JOINING, "cluster": CLUSTER})

    def registered() -> Sight:
        active = play.cluster().instances.active
        return Sight(active == JOINED, f"{active} instances are ACTIVE, {len(known)} were before")

    def took() -> Sight:
        at = {arn: when for arn, when in play.ecs.registered().items() if arn not in known}
        waits = [
            each.started - at[each.instance]
            for each in play.ecs.ours()
            if each.instance in at and each.started is not None
        ]
        each = f"each within {max(waits, default=0):.1f} s of its registration"
        words = f"{len(waits)} tasks on {len(at)} new instances, {each}"
        return Sight(len(waits) == 2 * JOINING, words)

    play.see(15, registered)
    play.see(25, lambda: seen.both_ready(play, JOINED))
    play.see(5, took)


def host_lost(play: Play) -> None:
    arn = play.ecs.of_service(FREE)[0].instance
    row = next(each for each in play.instances() if each.arn == arn)
    written, began = _written(play), time.monotonic()
    play.local("instances", row.id, "terminate", body={})

    def gone() -> Sight:
        total = play.cluster().instances.total
        after = f"{time.monotonic() - began:.1f} s after EC2 terminated {row.ec2_instance_id}"
        return Sight(total == LEFT, f"{total} instances left {after}")

    def unwritten() -> Sight:
        more = _written(play) - written
        return Sight(more == 0, f"the controller started and stopped {more} tasks for it")

    play.see(20, gone)
    play.see(15, lambda: seen.both_ready(play, LEFT))
    play.see(5, unwritten)


def crashes(play: Play) -> None:
    taken = {each.instance for each in play.ecs.of_service(GATED)}
    row, other = [each for each in _in_order(play) if each.arn not in taken][-2:]
    name = row.ec2_instance_id
    victim = seen.task_on(play, REGISTRATOR, row.arn)
    _behaves(play, REGISTRATOR, row.id, exit_after=0.1, exit_code=1)
    play.local("tasks", "kill", body={"task": victim, "exitCode": 1})
    play.see(25, lambda: seen.backs_off(play, row.id, name, failures=3))
    play.see(5, lambda: seen.evidence(play, row.id))
    play.see(3, lambda: seen.others_go_on(play, row.id, LEFT - 1))
    victim = seen.task_on(play, AGENT, other.arn)
    play.local("tasks", "kill", body={"task": victim, "exitCode": 137})
    play.see(5, lambda: gate.gate_is(play, row, "closed"))
    play.ecs.scale(GATED, MANY)
    play.see(20, lambda: gate.keeps_off(play, row, MANY))
    _behaves(play, REGISTRATOR, row.id)
    play.see(15, lambda: seen.back(play, AGENT, victim, other.ec2_instance_id))
    play.see(30, lambda: seen.healed(play, row.id))
    play.see(10, lambda: gate.gate_is(play, row, "open"))


def _behaves(play: Play, family: str, instance: str | None = None, **behaviour: float) -> None:
    """How a family's containers behave from now on, on one instance or on all."""
    manners = {"start_seconds": seen.STARTS, "stop_seconds": seen.STOPS, **behaviour}
    body: dict[str, object] = {"family": family, "behaviour": manners, "instance": instance}
    play.local("behave", body=body)


def _in_order(play: Play) -> list[InstanceRow]:
    """Instances as a rollout takes them: the first is to be a canary, so trouble comes to the last.

    A daemon is started and stopped six times a minute on an instance, and no more often.
    """
    return sorted(play.instances(), key=lambda row: (row.zone, row.id))


def _written(play: Play) -> int:
    """StartTask and StopTask calls of the controller so far."""
    return sum(play.counted("actions_total", f'"{name}"') for name in ("StartTask", "StopTask"))


def unplaceable(play: Play) -> None:
    play.ecs.register(PROFILER, TOO_MUCH)
    began = time.monotonic()
    play.stage.edit_config(lambda text: text + _DAEMON.format(name=PROFILER))

    def in_force() -> Sight:
        daemons = play.cluster().daemons
        after = f"{time.monotonic() - began:.1f} s after the file was edited"
        return Sight(daemons[-1].name == PROFILER, f"{len(daemons)} daemons are in force {after}")

    row = play.instances()[0]

    def unfit() -> Sight:
        found = play.daemon(PROFILER)
        count = found.blocked.get("NO_FIT", 0) if found is not None else 0
        return Sight(count == LEFT, f"{PROFILER}: NO_FIT on {count} of {LEFT} instances")

    def explained() -> Sight:
        words = play.verdict(row.id, PROFILER).words
        return Sight(str(TOO_MUCH) in words, f"{row.ec2_instance_id}: {words}")

    def untried() -> Sight:
        calls = play.counted("actions_total", f'daemon="{PROFILER}"')
        return Sight(calls == 0, f"{calls} calls were made for it")

    play.see(10, in_force)
    play.see(10, unfit)
    play.see(5, explained)
    play.see(5, untried)
    play.see(15, lambda: seen.both_ready(play, LEFT))


CHAPTERS: Sequence[tuple[str, Callable[[Play], None]]] = (
    ("Ten hosts get both daemons, in order", ten_hosts),
    ("A consul-agent dies and is back", agent_dies),
    ("Three hosts join", three_join),
    ("One host is lost", host_lost),
    ("A registrator keeps crashing on one host; no gated task lands there", crashes),
    ("A third daemon is too big: explained, not tried", unplaceable),
    (f"An update goes through, at most {AT_MOST} hosts at a time", lambda play: update(play, LEFT)),
    ("A bad update stops at its canary and undoes itself", lambda play: bad_update(play, LEFT)),
    ("A host drains: the daemons leave last", lambda play: drain(play, LEFT)),
)


def summary(play: Play) -> None:
    """The whole in numbers."""
    play.see(20, lambda: seen.services(play))

    def started() -> Sight:
        live, ended = play.ecs.ours(), play.ecs.ended(AGENT, REGISTRATOR)
        why = Counter(
            each.reason.split(":")[1].strip()
            for each in ended
            if each.reason.startswith("daemonctl:")
        )
        stops = ", ".join(f"{count} {code}" for code, count in sorted(why.items()))
        words = f"{len(live) + len(ended)} tasks of the controller, {len(live)} live; "
        # each registrator and one canary; both daemons of the host that drained
        wanted = {"OUTDATED": LEFT + 1, "DRAINING": 2}
        return Sight(why == wanted and len(live) == 2 * (LEFT - 1), words + f"stopped: {stops}")

    def unbroken() -> Sight:
        broken = play.counted("invariant_violations_total")
        calls = play.counted("actions_total")
        return Sight(broken == 0, f"{calls} calls that write, {broken} invariants broken")

    play.see(10, started)
    play.see(5, unbroken)
