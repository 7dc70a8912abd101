"""What holds for every plan, over clusters as they may be met."""

from __future__ import annotations

import random

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn
from msgspec import Struct, structs

from daemonctl.check import check
from daemonctl.model.cluster import Task
from daemonctl.model.ids import ContainerInstanceArn, Slot, family_of
from daemonctl.model.memory import (
    NOTHING,
    Expectation,
    Failure,
    Hold,
    Kind,
    Memory,
    SlotMemory,
)
from daemonctl.model.observed import Host
from daemonctl.model.plan import INFINITE, Allowance, Plan, StartTask, StopKind, StopTask
from daemonctl.model.spec import DependsOn
from daemonctl.planning.board import Board
from daemonctl.planning.planner import plan
from tests.bench.clusters import NOW as BENCH_NOW
from tests.bench.clusters import converged, desired
from tests.property.once_oracle import ran_last
from tests.property.strategies import (
    MARK,
    NOW,
    Scene,
    hosts,
    mostly,
    scenes,
    slot_memories,
)

WAITS = (0.0, 0.5, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 300.0, 900.0)
ALLOWANCES = (INFINITE, Allowance(0, 0), Allowance(1, 1, NOW + 5), Allowance(3, 60))


def patient(examples: int) -> settings:
    """So many examples, however slow the machine is."""
    return settings(
        max_examples=examples, deadline=None, suppress_health_check=[HealthCheck.too_slow]
    )


class Step(Struct, frozen=True):
    """What happens between two replans."""

    wait: float
    hosts: tuple[Host, ...]
    gone: tuple[ContainerInstanceArn, ...]
    memory: tuple[tuple[Slot, SlotMemory], ...]
    allowance: Allowance


@st.composite
def stories(draw: DrawFn) -> tuple[Scene, list[Step]]:
    """A cluster, and what happens to it in up to five steps."""
    scene = draw(scenes(1))
    names = [one.spec.name for one in scene.desired.daemons]
    arns = list(scene.observed.hosts)
    slots = [(arn, name) for arn in arns for name in names]
    numbers = st.lists(st.integers(1, len(arns) + 1), unique=True, max_size=2)
    steps = [
        Step(
            wait=draw(st.sampled_from(WAITS)),
            hosts=tuple(draw(hosts(number, names)) for number in draw(numbers)),
            gone=tuple(draw(mostly((), (draw(st.sampled_from(arns)),)))),
            memory=tuple(
                (slot, draw(slot_memories()))
                for slot in draw(st.lists(st.sampled_from(slots), unique=True, max_size=2))
            ),
            allowance=draw(st.sampled_from(ALLOWANCES)),
        )
        for _ in range(draw(st.integers(1, 5)))
    ]
    return scene, steps


def remember(memory: Memory, made: Plan) -> None:
    """Takes a plan's memory in, as the runtime does."""
    for slot, held in made.slots.items():
        if held is None:
            memory.slots.pop(slot, None)
        else:
            memory.slots[slot] = held
    memory.daemons.update(made.daemons)


def copied(memory: Memory) -> Memory:
    return Memory(dict(memory.slots), dict(memory.daemons), memory.cluster)


def live_own(scene: Scene, slot: Slot) -> list[Task]:
    host = scene.observed.hosts[slot[0]]
    mine = (MARK, f"daemonctl-{slot[1]}")
    return [
        task
        for task in host.tasks
        if task.live and ((task.started_by, task.group) == mine or slot[1] == adopter(scene, task))
    ]


def adopter(scene: Scene, task: Task) -> str:
    """The daemon that adopts a task: here it is called like the family."""
    held = task.started_by.startswith(("daemonctl/", "ecs-svc/")) or task.group[:8] == "service:"
    takers = [one.spec.name for one in scene.desired.daemons if one.spec.adopt]
    family = family_of(task.definition)
    return family if not held and family in takers else ""


def starts(made: Plan) -> list[Slot]:
    return [
        (arn, action.daemon)
        for action in made.actions
        if isinstance(action, StartTask)
        for arn in action.instances
    ]


@patient(80)
@given(stories())
def test_a_board_kept_up_host_by_host_says_what_a_fresh_plan_says(
    story: tuple[Scene, list[Step]],
) -> None:
    scene, steps = story
    board, memory, now = Board(scene.desired), scene.memory, scene.now
    view = dict(scene.observed.hosts)
    remember(memory, board.replan(scene.observed, memory, None, INFINITE, now))
    for step in steps:
        now += step.wait
        changed = [*step.gone, *(host.instance.arn for host in step.hosts)]
        for arn in step.gone:
            view.pop(arn, None)
        view.update((host.instance.arn, host) for host in step.hosts)
        for slot, held in step.memory:
            memory.slots[slot] = held
            changed.append(slot[0])
        observed = structs.replace(scene.observed, hosts=dict(view), as_of=now - 30)
        remember(memory, board.replan(observed, memory, changed, step.allowance, now))
        kept_up = board.replan(observed, memory, (), INFINITE, now)
        fresh_board = Board(scene.desired)
        fresh = fresh_board.replan(observed, memory, None, INFINITE, now)
        says = {slot: board.verdict(slot) for slot in fresh.verdicts}
        assert says == fresh.verdicts
        assert len(board.assessments) == len(view)
        assert kept_up.actions == fresh.actions
        assert kept_up.conditions == fresh.conditions
        assert board.counts == fresh_board.counts
        assert board.orphans == fresh_board.orphans
        remember(memory, kept_up)


@patient(200)
@given(scenes(1), st.sampled_from(ALLOWANCES))
def test_what_plan_emits_check_allows_whole(scene: Scene, allowance: Allowance) -> None:
    before = copied(scene.memory)
    made = plan(scene.desired, scene.observed, scene.memory, allowance, scene.now)
    known = copied(before)  # a rollout that was found out is remembered before it is acted on
    known.daemons.update(made.daemons)
    checked = check(made.actions, scene.desired, scene.observed, known, scene.now)
    assert [v.words for v in checked.violations] == []
    assert checked.allowed == made.actions
    assert scene.memory == before


@patient(80)
@given(scenes(1))
def test_no_start_over_a_task_a_wait_or_an_instance_that_takes_none(scene: Scene) -> None:
    made = plan(scene.desired, scene.observed, scene.memory, INFINITE, scene.now)
    for slot in starts(made):
        instance = scene.observed.hosts[slot[0]].instance
        held = scene.memory.slots.get(slot, NOTHING)
        assert not live_own(scene, slot)
        assert (instance.status, instance.connected, instance.managed) == ("ACTIVE", True, False)
        assert instance.ec2_id.startswith("i-")
        assert held.hold is None or held.hold.until <= scene.now
        assert held.failure is None or held.failure.until <= scene.now
        expected = held.expectation
        assert expected is None or expected.kind == "STOP" or expected.expires <= scene.now


WAITING = (
    SlotMemory(expectation=Expectation(Kind.START, NOW - 1, NOW + 59)),
    SlotMemory(expectation=Expectation(Kind.START, NOW - 9, NOW + 51, ambiguous=True)),
    SlotMemory(failure=Failure(3, NOW - 1, NOW + 4, "EssentialContainerExited", "exit code 1")),
    SlotMemory(hold=Hold(NOW + 1, "AGENT", "its agent is not connected")),
    SlotMemory(writes=tuple(NOW - 50 + n for n in range(6))),
)


@patient(60)
@given(scenes(1))
def test_a_slot_that_waits_is_not_started(scene: Scene) -> None:
    first = plan(scene.desired, scene.observed, Memory(), INFINITE, scene.now)
    bold = starts(first)
    for wait in WAITING if bold else ():
        # Its rollouts are known by then: one that only begins forgives what failed before it.
        memory = Memory(dict.fromkeys(bold, wait), dict(first.daemons))
        waiting = starts(plan(scene.desired, scene.observed, memory, INFINITE, scene.now))
        assert [slot for slot in bold if slot in waiting] == []


@patient(80)
@given(scenes(1))
def test_no_start_before_what_it_depends_on(scene: Scene) -> None:
    needs = {one.spec.name: one.spec.depends_on for one in scene.desired.daemons}
    spec = {one.spec.name: one.spec for one in scene.desired.daemons}
    for arn, name in starts(plan(scene.desired, scene.observed, scene.memory, INFINITE, scene.now)):
        for need in needs[name]:
            if need.condition is DependsOn.SUCCESS:
                assert ran_last(scene, arn, need.daemon)
                continue
            running = [t for t in live_own(scene, (arn, need.daemon)) if t.last_status == "RUNNING"]
            assert running
            if need.condition is DependsOn.READY:
                least = spec[need.daemon].min_ready_seconds
                assert any(scene.now - t.running_since >= least for t in running)


@patient(80)
@given(scenes(1), st.sampled_from(ALLOWANCES))
def test_no_action_beyond_the_allowance_and_no_slot_twice(
    scene: Scene, allowance: Allowance
) -> None:
    made = plan(scene.desired, scene.observed, scene.memory, allowance, scene.now)
    stops = [action for action in made.actions if isinstance(action, StopTask)]
    assert len(made.actions) <= allowance.modify_calls
    voluntary = [action for action in stops if action.kind is StopKind.VOLUNTARY]
    assert len(voluntary) <= allowance.voluntary_stops
    slots = [*starts(made), *((stop.instance, stop.daemon) for stop in stops)]
    assert len(slots) == len(set(slots))
    for action in made.actions:
        assert isinstance(action, StopTask) or 1 <= len(action.instances) <= 10
    for stop in stops:
        own = [task.arn for task in live_own(scene, (stop.instance, stop.daemon))]
        assert stop.task in own
        assert stop.kind is StopKind.VOLUNTARY or len(own) > 1


@patient(60)
@given(scenes(1), st.randoms(use_true_random=False))
def test_the_order_of_the_hosts_never_changes_the_plan(scene: Scene, rng: random.Random) -> None:
    shuffled = list(scene.observed.hosts.items())
    rng.shuffle(shuffled)
    other = structs.replace(scene.observed, hosts=dict(shuffled))
    one = plan(scene.desired, scene.observed, scene.memory, INFINITE, scene.now)
    assert plan(scene.desired, other, scene.memory, INFINITE, scene.now) == one


@patient(60)
@given(st.integers(0, 40), st.integers(1, 4), st.floats(0, 900))
@example(30, 3, 0.0)
def test_a_converged_cluster_is_left_alone(instances: int, daemons: int, later: float) -> None:
    made = plan(
        desired(daemons), converged(instances, daemons), Memory(), INFINITE, BENCH_NOW + later
    )
    assert made.actions == ()
    assert made.looks == ()
    assert {v.code for v in made.verdicts.values() if v} <= {"READY"}


def test_a_scene_has_what_the_properties_are_about() -> None:
    """The strategies reach the cases: starts, both kinds of stops, looks, waits."""
    met: dict[str, int] = {}

    @settings(patient(500), database=None, derandomize=True)
    @given(scenes(1))
    def count(scene: Scene) -> None:
        made = plan(scene.desired, scene.observed, scene.memory, INFINITE, scene.now)
        kinds = [a.kind if isinstance(a, StopTask) else "START" for a in made.actions]
        for kind in kinds:
            met[kind] = met.get(kind, 0) + 1
        for verdict in made.verdicts.values():
            assert verdict is not None
            met[verdict.code] = met.get(verdict.code, 0) + 1

    count()
    wanted = ("START", "REPAIR", "VOLUNTARY", "BACKOFF", "BLOCKED", "NO_FIT")
    assert [kind for kind in wanted if not met.get(kind)] == []
