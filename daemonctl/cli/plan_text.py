"""`plan` as text: a line an action with its reason, then what waits and why, then a summary."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from daemonctl.cli.status_text import conditions_lines
from daemonctl.cli.table import count_of, table, wrap
from daemonctl.runtime.report import PlanDocument
from daemonctl.runtime.report_rows import ActionRow, GhostRow, WaitingRow


def plan_lines(plans: Sequence[PlanDocument]) -> Iterator[str]:
    """Every cluster's plan; the last line of each says it in numbers."""
    for number, plan in enumerate(plans):
        if number:
            yield ""
        yield from _section("Now:", plan.actions)
        yield from _section("Then, once what they depend on is there:", plan.later)
        yield from _ghosts(plan.ghosts)
        yield from _waiting(plan.waiting)
        yield from conditions_lines(plan.conditions)
        yield from wrap(f"{plan.cluster}: ", _summary(plan))


def _section(heading: str, actions: Sequence[ActionRow]) -> Iterator[str]:
    if not actions:
        return
    yield heading
    # One call starts a daemon on up to ten instances; for a reader each is a start of its own.
    rows = [
        (each.action, each.daemon, instance, each.words or each.code)
        for each in actions
        for instance in each.instances
    ]
    yield from table(("ACTION", "DAEMON", "INSTANCE", "WHY"), rows)
    yield ""


def _ghosts(ghosts: Sequence[GhostRow]) -> Iterator[str]:
    if not ghosts:
        return
    yield "Consul nodes to remove, their hosts are gone:"
    yield from table(("NODE", "KIND", "WHY"), [(one.node, one.kind, one.words) for one in ghosts])
    yield ""


def _waiting(waiting: Sequence[WaitingRow]) -> Iterator[str]:
    if not waiting:
        return
    yield "Waiting:"
    for each in waiting:
        where = each.instance if each.count == 1 else f"{each.count} instances, as {each.instance}"
        yield from wrap("", f"{each.daemon} {each.code} on {where}")
        yield from wrap("  why:  ", each.words)
        yield from wrap("  next: ", each.next)
    yield ""


def _summary(plan: PlanDocument) -> str:
    starts = _many(plan.actions, "START")
    stops = _many(plan.actions, "STOP")
    later = _many(plan.later, "START")
    waits = sum(each.count for each in plan.waiting)
    verb = "waits" if waits == 1 else "wait"
    waiting = f"; {waits} {verb} for something else" if waits else ""
    if plan.nothing_to_do:
        return f"nothing to do{waiting}"
    then = f", {count_of(later, 'start')} after that" if later else ""
    ghosts = f"; {count_of(len(plan.ghosts), 'Consul node')} to remove" if plan.ghosts else ""
    return f"{count_of(starts, 'start')} and {count_of(stops, 'stop')} now{then}{ghosts}{waiting}"


def _many(actions: Sequence[ActionRow], kind: str) -> int:
    return sum(len(each.instances) for each in actions if each.action == kind)
