"""What is told of a daemon's rollout while there is something to tell."""

from __future__ import annotations

from daemonctl.model.ids import short
from daemonctl.model.reason import Notice
from daemonctl.model.rollout import Phase, Rollout
from daemonctl.model.spec import Strategy
from daemonctl.planning.assessment import AVAILABLE, BEHIND, CURRENT, DESIRED, LOST, UPDATED
from daemonctl.planning.rules import Rule
from daemonctl.planning.spending import Counter

_NAMED = 3
"""So many instances are named; `explain` and `instances` have them all."""


def tell(counter: Counter, rule: Rule) -> None:
    """The conditions of one daemon's rollout."""
    rollout = rule.course.rollout
    if rollout is None:
        if rule.spec.once:
            _once(counter, rule)
        return
    if rollout.pause is not None:
        counter.tell(Notice.ROLLOUT_PAUSED, _paused(counter, rule, rollout), rule.name)
    if rollout.under_way:
        # The very first replaces nothing; of a paused one all is said.
        if rollout.last_good is not None and rollout.pause is None:
            counter.tell(Notice.ROLLOUT, _under_way(counter, rule, rollout), rule.name)
    elif rollout.phase is Phase.HALTED:
        words = f"{rollout.target} was halted: {_failures(rollout)}"
        counter.tell(Notice.ROLLOUT_HALTED, words, rule.name)
    elif rollout.phase is Phase.UNCLEAR:
        words = (
            "mixed revisions were found, and nothing is remembered of how it came to that: "
            f"nothing is updated; the config wants {rollout.asked}"
        )
        counter.tell(Notice.ROLLOUT_UNCLEAR, words, rule.name)
    if rollout.rollback_of is not None:
        words = f"{rollout.rollback_of} was given up for {rollout.target}"
        failed = f": {_failures(rollout)}" if rollout.failed else ""
        counter.tell(Notice.ROLLED_BACK, words + failed, rule.name)


def _once(counter: Counter, rule: Rule) -> None:
    """What runs once: another revision has yet to run where an earlier one has, or runs hang."""
    tally, target = counter.tallies[rule.index], rule.course.target
    if target is None:
        return
    behind = tally.having(AVAILABLE) - tally.having(UPDATED)
    if behind > 0:
        most = rule.spec.max_unavailable.of(tally.having(DESIRED))
        words = f"{target.revision} has yet to run on {behind} instances where an earlier one has"
        counter.tell(Notice.ROLLOUT, f"{words}, {most} at a time", rule.name)
    late = counter.steering.late(rule)
    if late:
        names = ", ".join(counter.name(arn) for arn in late[:_NAMED])
        more = f" and {len(late) - _NAMED} more" if len(late) > _NAMED else ""
        words = (
            f"on {len(late)} of {tally.having(DESIRED)} instances it has not ended after "
            f"startTimeoutSeconds ({rule.spec.start_timeout_seconds:g} s), and is left to run: "
        )
        counter.tell(Notice.ONCE_HANGS, f"{words}{names}{more}", rule.name)


def _paused(counter: Counter, rule: Rule, rollout: Rollout) -> str:
    why = f": {rollout.pause.words}" if rollout.pause and rollout.pause.words else ""
    lost = "" if counter.stored else "; it is lost when daemonctl restarts, for no store keeps it"
    far = f"; {_under_way(counter, rule, rollout)}" if rollout.under_way else ""
    return f"updates are paused{why}{far}{lost}"


def _under_way(counter: Counter, rule: Rule, rollout: Rollout) -> str:
    tally = counter.tallies[rule.index]
    done, whole = tally.having(UPDATED), tally.having(DESIRED)
    words = f"to {rollout.target}, {rollout.phase.lower()}: {done} of {whole} updated"
    empty = whole - tally.having(CURRENT)
    if empty > 0:
        words += f", {empty} without a task"
    lost, most = tally.having(LOST), rule.spec.max_unavailable.of(tally.having(DESIRED))
    if lost:
        words += f", {lost} unavailable by it (maxUnavailable is {most})"
    if rollout.failed:
        words += f"; {_failures(rollout)}"
    if rule.spec.strategy is Strategy.ON_DELETE and tally.having(BEHIND):
        words += "; strategy ON_DELETE: it waits for tasks to be stopped by hand"
    return words


def _failures(rollout: Rollout) -> str:
    if not rollout.failed:
        return "no instance failed"
    first = rollout.failed[0]
    more = f" and {len(rollout.failed) - 1} more" if len(rollout.failed) > 1 else ""
    return f"failed on {short(first.instance)}{more}: {first.reason}"
