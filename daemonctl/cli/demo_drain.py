"""The demo's chapter on a host that drains: its daemons leave last, in reverse order."""

from __future__ import annotations

from daemonctl.cli import demo_seen as seen
from daemonctl.cli.demo_play import Play, Sight
from daemonctl.cli.demo_seen import AGENT, FREE, GATED, REGISTRATOR


def drain(play: Play, hosts: int) -> None:
    """A host with a service's task on it is set to DRAINING."""
    arn = play.ecs.of_service(FREE)[0].instance
    name = next(each for each in play.instances() if each.arn == arn).ec2_instance_id
    play.ecs.drain(arn)

    def emptied() -> Sight:
        left = [each.group for each in play.ecs.ours() if each.instance == arn]
        for service in (FREE, GATED):
            left += [each.group for each in play.ecs.of_service(service) if each.instance == arn]
        words = ", ".join(each.removeprefix("daemonctl-") for each in sorted(left))
        return Sight(not left, f"{name} drains; on it: {words or 'nothing any more'}")

    def in_reverse() -> Sight:
        gone = [each for each in play.ecs.ended(AGENT, REGISTRATOR) if each.instance == arn]
        ends = {each.group: each.stopped or 0.0 for each in gone if "DRAINING" in each.reason}
        agent = ends.get(f"daemonctl-{AGENT}", 0.0)
        registrator = ends.get(f"daemonctl-{REGISTRATOR}", 0.0)
        served = [each for service in (FREE, GATED) for each in play.ecs.left(service)]
        last = max((each.stopped or 0.0 for each in served if each.instance == arn), default=0.0)
        words = (
            f"service tasks gone; {REGISTRATOR} {registrator - last:.1f} s later,"
            f" then {AGENT} {agent - registrator:.1f} s"
        )
        return Sight(0 < last <= registrator <= agent, words)

    play.see(40, emptied)
    play.see(5, in_reverse)
    play.see(10, lambda: seen.both_ready(play, hosts - 1))
    play.see(20, lambda: seen.services(play))
