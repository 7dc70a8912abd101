"""A plan as a document: what is done now, what follows by itself, what waits and why."""

from __future__ import annotations

from collections.abc import Mapping

from daemonctl.model.desired import DesiredDaemon
from daemonctl.model.ids import ContainerInstanceArn, DaemonName, Slot, short
from daemonctl.model.plan import Action, MarkOnce, Plan, SetGate, StartTask
from daemonctl.model.reason import Code, Notice, Verdict
from daemonctl.runtime import advice
from daemonctl.runtime.report import PlanDocument
from daemonctl.runtime.report_consul import ghost_rows
from daemonctl.runtime.report_rows import ActionRow, WaitingRow
from daemonctl.runtime.report_source import (
    WAITING_CODES,
    ClusterState,
    condition_row,
    daemons_of,
)

_COMES = (
    Code.READY,
    Code.DONE,
    Code.OUTDATED,
    Code.RESTART,
    Code.COVERAGE,
    Code.SETTLING,
    Code.DUPLICATE,
    Code.START,
    Code.IN_FLIGHT,
    Code.AMBIGUOUS,
    Code.STOPPING,
)
"""Verdicts of a dependency that is there, or will be if nothing goes wrong."""

_NO_VIEW = (Notice.VIEW_PARTIAL, Notice.VIEW_STALE)
"""Where nothing is decided: that is not the same as nothing to do."""


def no_plan(alias: str, words: str) -> PlanDocument:
    """Where there is no view to plan from."""
    return PlanDocument(alias, (), (), (), (), nothing_to_do=False, words=words)


def plan_document(state: ClusterState, plan: Plan) -> PlanDocument:
    """The document of a first plan: one that gives the verdicts of all slots."""
    for condition in plan.conditions:
        if condition.notice in _NO_VIEW:
            words = f"{condition.words}. {advice.for_condition(condition)}"
            return no_plan(state.spec.alias, words)
    daemons = {daemon.spec.name: daemon for daemon in daemons_of(state)}
    actions = tuple(action_row(state, action) for action in plan.actions)
    verdicts = {slot: verdict for slot, verdict in plan.verdicts.items() if verdict is not None}
    later, waiting = _later_and_waiting(state, daemons, verdicts)
    removes = state.spec.ghosts is not None and state.spec.ghosts.remove
    ghosts = ghost_rows(state.ghosts) if removes else ()
    return PlanDocument(
        cluster=state.spec.alias,
        actions=actions,
        later=later,
        waiting=waiting,
        conditions=tuple(condition_row(each) for each in plan.conditions),
        nothing_to_do=not actions and not later and not ghosts,
        ghosts=ghosts,
    )


def action_row(state: ClusterState, action: Action) -> ActionRow:
    """One call."""
    if isinstance(action, StartTask):
        return ActionRow(
            action="START",
            daemon=action.daemon,
            instances=tuple(name_of(state, arn) for arn in action.instances),
            code=Code.START.value,
            words=action.words,
            task_definition=short(action.definition),
        )
    if isinstance(action, SetGate):
        return ActionRow(
            action="GATE",
            daemon="",
            instances=tuple(name_of(state, arn) for arn in action.instances),
            code="OPEN" if action.opened else "CLOSE",
            words=action.words,
        )
    if isinstance(action, MarkOnce):
        return ActionRow(
            action="MARK",
            daemon=action.once,
            instances=tuple(name_of(state, arn) for arn in action.instances),
            code=Code.DONE.value,
            words=action.words,
        )
    return ActionRow(
        action="STOP",
        daemon=action.daemon,
        instances=(name_of(state, action.instance),),
        code=action.code,
        words=action.words,
        task=short(action.task),
        kind=action.kind.value,
    )


def name_of(state: ClusterState, arn: ContainerInstanceArn) -> str:
    """What people call an instance: ``i-…`` where there is one, else the last part of its ARN."""
    host = state.observed.hosts.get(arn) if state.observed is not None else None
    return host.instance.ec2_id if host is not None and host.instance.ec2_id else short(arn)


def _later_and_waiting(
    state: ClusterState,
    daemons: Mapping[DaemonName, DesiredDaemon],
    verdicts: Mapping[Slot, Verdict],
) -> tuple[tuple[ActionRow, ...], tuple[WaitingRow, ...]]:
    later: list[ActionRow] = []
    groups: dict[tuple[DaemonName, Code], list[Slot]] = {}
    for slot in sorted(verdicts, key=lambda slot: (slot[1], slot[0])):
        verdict = verdicts[slot]
        daemon = daemons.get(slot[1])
        if daemon is None or verdict.code not in WAITING_CODES:
            continue
        if verdict.code is Code.BLOCKED and _comes(slot, daemons, verdicts):
            later.append(_later(state, slot, daemon, verdict))
        else:
            groups.setdefault((slot[1], verdict.code), []).append(slot)
    return tuple(later), tuple(
        _waiting(state, daemons[name], slots, verdicts) for (name, _), slots in groups.items()
    )


def _comes(
    slot: Slot, daemons: Mapping[DaemonName, DesiredDaemon], verdicts: Mapping[Slot, Verdict]
) -> bool:
    """Everything that the slot's daemon depends on is there or on its way on that instance."""
    arn, name = slot
    for dependency in daemons[name].spec.depends_on:
        on = (arn, dependency.daemon)
        verdict = verdicts.get(on)
        if verdict is None or dependency.daemon not in daemons:
            return False
        if verdict.code is Code.BLOCKED and _comes(on, daemons, verdicts):
            continue  # the config has no dependsOn cycle: this ends
        if verdict.code not in _COMES:
            return False
    return True


def _later(state: ClusterState, slot: Slot, daemon: DesiredDaemon, verdict: Verdict) -> ActionRow:
    return ActionRow(
        action="START",
        daemon=slot[1],
        instances=(name_of(state, slot[0]),),
        code=verdict.code.value,
        words=verdict.words,
        task_definition=short(daemon.definition.arn) if daemon.definition is not None else "",
    )


def _waiting(
    state: ClusterState,
    daemon: DesiredDaemon,
    slots: list[Slot],
    verdicts: Mapping[Slot, Verdict],
) -> WaitingRow:
    first = slots[0]
    verdict = verdicts[first]
    remembered = state.memory.slots.get(first)
    return WaitingRow(
        daemon=first[1],
        code=verdict.code.value,
        count=len(slots),
        instance=name_of(state, first[0]),
        words=verdict.words,
        next=advice.for_verdict(
            verdict,
            host=state.observed.hosts.get(first[0]) if state.observed is not None else None,
            definition=daemon.definition,
            failure=remembered.failure if remembered is not None else None,
        ),
    )
