"""Stops that take something away: few at a time, and none where a person should look first."""

from __future__ import annotations

from daemonctl.model.reason import Code, Notice
from daemonctl.planning.assessment import CURRENT, DESIRED, LOST, MISSCHEDULED, SICK
from daemonctl.planning.rules import Rule
from daemonctl.planning.spending import Counter

COMMON_CAUSE_PERCENT = 20
"""Above this share unhealthy at once, replacing them would make it worse, not better."""


def stops(counter: Counter) -> None:
    """Daemons leave drained hosts, misplaced ones go, unhealthy ones are replaced."""
    share = counter.rules.desired.limits.max_cluster_share.of(len(counter.observed.hosts))
    left = min(share, counter.allowance.voluntary_stops)
    left -= _drains(counter, left)
    if not any(len(queue) for code in _ROOM for queue in counter.wants.stops[code]):
        return
    until = _first_look(counter)
    if until is None or counter.now < until:
        counter.tell(
            Notice.STOPS_HELD,
            "voluntary stops wait until the cluster has been watched for a while",
        )
        counter.out.wait(until)
        return
    for rule in counter.rules.daemons:
        for code in _ROOM:
            left -= _spend(counter, rule, code, left)


def _drains(counter: Counter, left: int) -> int:
    """Daemons leave hosts that drain: no budget, for those hosts count for nothing any more.

    No first look either: all tasks of such a host were listed since it began to drain.
    """
    done = 0
    for rule in counter.rules.daemons:
        for arn, want in list(counter.wants.stops[Code.DRAINING][rule.index]):
            if done >= left or counter.calls <= 0:
                return done
            done += 1
            counter.stop(rule, arn, want)
    return done


def _first_look(counter: Counter) -> float | None:
    first = counter.observed.first_full_at
    return None if first is None else first + counter.rules.desired.first_look_seconds


def _spend(
    counter: Counter,
    rule: Rule,
    why: Code,
    left: int,
) -> int:
    """Stops as many of those that wait as there is room for; tells how many."""
    queue = counter.wants.stops[why][rule.index]
    room = _ROOM[why](counter, rule) if len(queue) else None
    if room is None:
        return 0
    done = 0
    zone = counter.steering.zone(rule) if why in UPDATES else None
    for arn, want in list(queue):
        if done >= left or counter.calls <= 0:
            break
        if zone is not None and counter.observed.hosts[arn].instance.zone != zone:
            continue
        if arn in counter.probed:  # it could take the room that the stop frees
            continue
        if want.again or room > 0:
            room -= not want.again
            done += 1
            counter.stop(rule, arn, want)
    if done < len(queue) and why not in UPDATES:  # of these the rollout's condition tells
        words = f"{len(queue) - done} {why.lower()} tasks wait for their turn"
        counter.tell(Notice.STOPS_HELD, words, rule.name)
    return done


def _misplaced(counter: Counter, rule: Rule) -> int | None:
    """At most maxUnavailable at a time; held (None) while over half of a daemon is misplaced.

    Then a person has to look, and to say that it is meant.
    """
    tally = counter.tallies[rule.index]
    astray = tally.having(MISSCHEDULED)
    whole = astray + tally.having(CURRENT)
    until = counter.memory[rule.index].misplaced_until
    if astray * 2 > whole and (until is None or counter.now >= until):
        words = (
            f"{astray} of {whole} tasks are misplaced, over half: none is stopped; "
            f"check the daemon's constraints; where it is meant: daemonctl prune {rule.name} "
            "--misplaced"
        )
        counter.tell(Notice.MISPLACED_HELD, words, rule.name)
        return None
    return rule.spec.max_unavailable.of(tally.having(DESIRED)) - tally.leaving


def _unhealthy(counter: Counter, rule: Rule) -> int | None:
    """At most maxUnavailable lost to us; held (None) where they have one cause."""
    tally = counter.tallies[rule.index]
    sick, whole = tally.having(SICK), tally.having(CURRENT)
    if sick > max(1, whole * COMMON_CAUSE_PERCENT // 100):
        words = (
            f"{sick} of {whole} tasks are UNHEALTHY, over {COMMON_CAUSE_PERCENT} %: none is "
            "replaced; look for a common cause (what the health check asks, the network, Consul)"
        )
        counter.tell(Notice.COMMON_CAUSE, words, rule.name)
        return None
    return _left(counter, rule)


def _unused(counter: Counter, rule: Rule) -> int:
    """Nobody needs them where they are: only the caps of the installation hold them back."""
    return len(counter.wants.stops[Code.UNUSED][rule.index])


def _orphans(counter: Counter, rule: Rule) -> int:
    """Nobody counts on them any more: only the caps of the installation hold them back."""
    return len(counter.wants.stops[Code.ORPHAN][rule.index])


def _left(counter: Counter, rule: Rule) -> int:
    """How many more may be unavailable by us."""
    tally = counter.tallies[rule.index]
    lost = tally.having(LOST) + counter.taken.get(rule.index, 0)
    return rule.spec.max_unavailable.of(tally.having(DESIRED)) - lost


def _outdated(counter: Counter, rule: Rule) -> int | None:
    """At most maxUnavailable lost to us; held (None) until the rollout that says so is kept."""
    if counter.steering.changed:  # its own, or that of a dependency: the next turn acts on it
        return None
    if rule.name in counter.unsaved:
        words = "the state of the rollout could not be saved: updates wait, repairs go on"
        counter.tell(Notice.STATE_UNSAVED, words, rule.name)
        return None
    return _left(counter, rule)


UPDATES = (Code.UNREADY, Code.OUTDATED)
"""Stops that a rollout makes."""

_ROOM = {
    Code.MISPLACED: _misplaced,
    Code.UNUSED: _unused,
    Code.UNHEALTHY: _unhealthy,
    Code.UNREADY: _outdated,
    Code.OUTDATED: _outdated,
    Code.RESTART: _left,
    Code.COVERAGE: _left,
    Code.ORPHAN: _orphans,
}
"""How many stops each reason may have now."""
