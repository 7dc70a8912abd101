"""The table of invariants, and how their faults thin out a plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from daemonctl.check.budget import budget
from daemonctl.check.coverage import coverage
from daemonctl.check.drain import drain_order
from daemonctl.check.gate import gate
from daemonctl.check.once import once_mark, once_start
from daemonctl.check.pace import hold, slot_twice, write_rate
from daemonctl.check.restart import restart
from daemonctl.check.result import Checked, Violation
from daemonctl.check.rollout import rollout_stop
from daemonctl.check.scene import NOWHERE, Invariant, Scene, Write, writes_of
from daemonctl.check.starts import (
    dependency,
    start_on_wrong_host,
    start_over_live,
    start_over_stopping,
)
from daemonctl.check.stops import foreign_stop, repair_without_survivor
from daemonctl.check.unused import unused
from daemonctl.check.view import frozen, partial_view, repair_only, stale_view
from daemonctl.model.desired import Desired
from daemonctl.model.ids import ContainerInstanceArn
from daemonctl.model.memory import Memory
from daemonctl.model.observed import Observed
from daemonctl.model.plan import Action, StopTask, only_on

# The numbers are those of design.md, "What always holds". Those that weigh a plan as a whole come
# last: they see only what the others leave.
INVARIANTS: Mapping[str, Invariant] = {
    "partial_view": partial_view,  # 5
    "stale_view": stale_view,  # 5
    "frozen": frozen,
    "repair_only": repair_only,
    "start_on_wrong_host": start_on_wrong_host,
    "start_over_live": start_over_live,  # 1
    "start_over_stopping": start_over_stopping,  # 1
    "dependency": dependency,  # 4
    "foreign_stop": foreign_stop,  # 2
    "drain_order": drain_order,
    "unused": unused,
    "restart": restart,
    "coverage": coverage,
    "gate": gate,
    "once_start": once_start,
    "once_mark": once_mark,
    "rollout_stop": rollout_stop,
    "hold": hold,  # 9
    "write_rate": write_rate,  # 10
    "slot_twice": slot_twice,  # 9
    "repair_without_survivor": repair_without_survivor,  # 3
    "budget": budget,  # 3
}


def check(
    actions: Sequence[Action],
    desired: Desired,
    observed: Observed,
    memory: Memory,
    now: float,
) -> Checked:
    """What of a plan's actions breaks no invariant, and what was dropped and why.

    ``memory`` is the one from before the plan's own expectations; ``now`` is in epoch seconds.
    A StartTask loses the instances at fault and keeps the rest. Costs O(actions), and one look
    over all hosts for each daemon that has a voluntary stop.
    """
    if not actions:
        return _NOTHING_TO_DO
    return judge(INVARIANTS, actions, Scene(desired, observed, memory, now))


def judge(invariants: Mapping[str, Invariant], actions: Sequence[Action], scene: Scene) -> Checked:
    """Asks each invariant in turn about what the ones before it have left."""
    left = writes_of(actions)
    # A sentence about the whole view stands once for an action, not once for each instance.
    violations: dict[tuple[str, str, int], Violation] = {}
    for name, invariant in invariants.items():
        faults = list(invariant(scene, left))
        if not faults:
            continue
        at_fault = {id(write) for write, _ in faults}
        left = [write for write in left if id(write) not in at_fault]
        for write, words in faults:
            key = (name, words, write.index)
            violations.setdefault(key, Violation(name, words, write.action))
    return Checked(_actions_of(left), tuple(violations.values()))


def _actions_of(writes: Sequence[Write]) -> tuple[Action, ...]:
    """The writes put together to actions again."""
    actions: dict[int, Action] = {}
    instances: dict[int, list[ContainerInstanceArn]] = {}
    for write in writes:
        actions[write.index] = write.action
        named = instances.setdefault(write.index, [])
        if write.instance != NOWHERE:
            named.append(write.instance)
    return tuple(_only(action, tuple(instances[index])) for index, action in actions.items())


def _only(action: Action, instances: tuple[ContainerInstanceArn, ...]) -> Action:
    if isinstance(action, StopTask) or instances == action.instances:
        return action
    return only_on(action, instances)


_NOTHING_TO_DO = Checked((), ())
