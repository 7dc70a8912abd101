"""Which starts came to something in a turn, and what that does to the brake on their daemon."""

from __future__ import annotations

from msgspec import structs

from daemonctl.model.ids import ContainerInstanceArn
from daemonctl.model.memory import SlowStart
from daemonctl.model.reason import Code
from daemonctl.planning.assessment import AVAILABLE, STARTING, UPDATED, Entry
from daemonctl.planning.rules import Rule, Rules
from daemonctl.planning.slowstart import failed, succeeded
from daemonctl.planning.turn import Turn


def note(turn: Turn, rule: Rule, arn: ContainerInstanceArn, before: Entry, entry: Entry) -> None:
    """Takes in that a slot is now so, where a start was under way.

    A start that takes longer than startTimeoutSeconds is a failure, though its task stays.
    """
    if not before.flags & STARTING:
        return
    # What runs once may have run before, as another revision.
    there = AVAILABLE | UPDATED if rule.spec.once else AVAILABLE
    if entry.flags & there == there:
        turn.mended.append(rule.index)
    if entry.verdict.code is Code.START_TIMEOUT:
        turn.broke.append((arn, rule.index))


def brake(turn: Turn, rules: Rules) -> None:
    """Slow start, in an order that the order of the hosts does not touch: failures last."""
    for index in turn.mended:
        rule = rules.daemons[index]
        _slow(turn, rule, succeeded(turn.daemon(rule.name).slow))
    for arn, index in sorted(turn.broke):
        rule = rules.daemons[index]
        _slow(turn, rule, failed(turn.daemon(rule.name).slow, arn))


def _slow(turn: Turn, rule: Rule, slow: SlowStart) -> None:
    held = turn.daemon(rule.name)
    if slow != held.slow:
        turn.daemons[rule.name] = structs.replace(held, slow=slow)
