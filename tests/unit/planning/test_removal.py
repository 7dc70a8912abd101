from __future__ import annotations

from msgspec import structs

from daemonctl.model.cluster import Task
from daemonctl.model.ids import DaemonName
from daemonctl.model.memory import DaemonMemory, Memory, Removal
from daemonctl.model.plan import Allowance, StopTask
from daemonctl.model.reason import Code, Notice
from daemonctl.model.spec import DaemonSpec, Dependency, OnRemove
from daemonctl.planning import removal
from daemonctl.planning.board import Board
from tests.unit.planning.scenery import (
    AGENT,
    NOW,
    REGISTRATOR,
    desired,
    host,
    observed,
    planned,
    spec,
    starts,
    stopping,
    stops,
    task,
    task_arn,
    verdict,
)

STOP = OnRemove.STOP
RETIRED = DaemonName("retired")
LEFT = spec(RETIRED, on_remove=STOP)
PRUNED = desired(spec(), removed=(LEFT,))


def names(*specs: DaemonSpec) -> list[str]:
    return [str(one.name) for one in specs]


def test_a_daemon_with_stop_that_leaves_the_config_is_on_its_way_out() -> None:
    old = desired(spec(), spec(REGISTRATOR, on_remove=STOP), LEFT)
    new = removal.carry(old, desired(spec()))
    assert names(*new.removed) == [REGISTRATOR, RETIRED]
    assert names(*removal.gone(old, new)) == [REGISTRATOR, RETIRED]
    again = removal.carry(new, desired(spec()))
    assert again == new


def test_one_with_keep_is_not_and_one_that_is_back_stays() -> None:
    kept = removal.carry(desired(spec(), spec(REGISTRATOR)), desired(spec()))
    assert kept.removed == ()
    back = removal.carry(PRUNED, desired(spec(), LEFT))
    assert back.removed == ()


def test_kept_is_whose_tasks_go_or_would_and_what_was_confirmed() -> None:
    heavy = spec(
        REGISTRATOR, on_remove=STOP, overrides="{}", constraints=("a",), tags=(("a", "b"),)
    )
    lean = structs.replace(heavy, overrides="", constraints=(), tags=())
    wanted = desired(spec(), heavy, removed=(LEFT,))
    nothing = removal.kept(wanted, {}, NOW)
    assert nothing == {REGISTRATOR: Removal(lean), RETIRED: Removal(LEFT)}
    said = {name: DaemonMemory(misplaced_until=NOW + 1) for name in (AGENT, REGISTRATOR, RETIRED)}
    assert removal.kept(wanted, said, NOW) == {
        AGENT: Removal(None, NOW + 1),
        REGISTRATOR: Removal(lean, NOW + 1),
        RETIRED: Removal(LEFT),
    }
    assert removal.kept(wanted, said, NOW + 1) == nothing


def test_recalled_are_those_that_are_not_in_the_config_and_not_on_their_way_out() -> None:
    left = {
        AGENT: Removal(spec(on_remove=STOP)),
        RETIRED: Removal(structs.replace(LEFT, adopt=True)),
        DaemonName("old"): Removal(spec(DaemonName("old"))),
        DaemonName("confirmed"): Removal(None, NOW + 1),
    }
    assert names(*removal.recall(desired(spec()), left).removed) == [RETIRED, "old"]
    known = removal.recall(PRUNED, left)
    assert names(*known.removed) == [RETIRED, "old"]
    assert known.removed[0] == LEFT


def test_prune_takes_the_orphans_that_a_group_of_ours_names() -> None:
    orphans = [
        task(2, RETIRED),
        task(1, DaemonName("old")),
        task(3, RETIRED),
        task(4, group="family:job"),
    ]
    pruned = removal.prune(desired(), orphans, {})
    assert names(*pruned.removed) == ["old", RETIRED]
    assert [one.task_definition for one in pruned.removed] == ["old", "retired"]
    assert [one.on_remove for one in pruned.removed] == [STOP, STOP]
    only = removal.prune(desired(), orphans, {}, RETIRED)
    assert names(*only.removed) == [RETIRED]
    assert removal.prune(PRUNED, orphans, {}, RETIRED) == PRUNED
    assert removal.prune(desired(), orphans, {}, DaemonName("other")).removed == ()


def test_prune_keeps_the_order_of_a_daemon_that_is_known_and_never_its_adoptions() -> None:
    known = spec(RETIRED, AGENT, adopt=True)
    (pruned,) = removal.prune(desired(), [task(1, RETIRED)], {RETIRED: known}).removed
    assert pruned == structs.replace(known, adopt=False)


def test_its_tasks_are_stopped_by_the_hand_of_the_operator() -> None:
    made = planned(PRUNED, host(1, task(1), task(2, RETIRED)))
    (stop,) = made.actions
    assert isinstance(stop, StopTask)
    assert (stop.daemon, stop.task, stop.kind, stop.code) == (
        RETIRED,
        task_arn(2),
        "VOLUNTARY",
        Code.ORPHAN,
    )
    seen = verdict(made, RETIRED)
    assert (seen.code, seen.words) == (
        Code.ORPHAN,
        "runs here, but it was taken out of the config",
    )


def test_without_a_word_of_the_operator_orphans_run_on() -> None:
    assert planned(desired(), host(1, task(1), task(2, RETIRED))).actions == ()


def test_nothing_of_a_removed_daemon_starts() -> None:
    made = planned(PRUNED, host(1, task(1)))
    assert made.actions == ()
    assert verdict(made, RETIRED).code is Code.ORPHAN


def test_more_than_half_and_more_than_max_unavailable_may_go_at_once() -> None:
    hosts = [host(n, task(n), task(100 + n, RETIRED)) for n in range(1, 11)]
    made = planned(PRUNED, observed(*hosts))
    assert len(stops(made)) == 3  # maxClusterShare 30 %
    (held,) = [one for one in made.conditions if one.notice is Notice.STOPS_HELD]
    assert (held.daemon, held.words) == (RETIRED, "7 orphan tasks wait for their turn")
    few = planned(PRUNED, observed(*hosts), allowance=Allowance(10, 2))
    assert len(stops(few)) == 2


def test_no_orphan_goes_before_the_first_look_is_over() -> None:
    made = planned(PRUNED, observed(host(1, task(1), task(2, RETIRED)), first_full_at=NOW - 10))
    assert made.actions == ()


def test_of_two_that_leave_the_dependent_goes_first() -> None:
    both = desired(spec(), removed=(spec(RETIRED), spec(REGISTRATOR, Dependency(RETIRED))))
    made = planned(both, host(1, task(1), task(2, RETIRED), task(3, REGISTRATOR)))
    assert stops(made) == [task_arn(3)]
    assert verdict(made, RETIRED).words.endswith("; registrator leaves first")
    on_its_way = planned(both, host(1, task(1), task(2, RETIRED), stopping(3, REGISTRATOR)))
    assert stops(on_its_way) == []
    alone = planned(both, host(1, task(1), task(2, RETIRED)))
    assert stops(alone) == [task_arn(2)]


def test_what_a_removed_daemon_depended_on_may_be_gone() -> None:
    left = spec(RETIRED, Dependency(DaemonName("long-gone")), Dependency(AGENT))
    made = planned(desired(spec(), removed=(left,)), host(1, task(1), task(2, RETIRED)))
    assert stops(made) == [task_arn(2)]


def test_the_daemon_in_the_config_adopts_before_the_one_that_left() -> None:
    by_hand = task(1, started_by="", group="family:consul-agent")
    left = spec(RETIRED, adopt=True, task_definition="consul-agent")
    made = planned(desired(spec(adopt=True), removed=(left,)), host(1, by_hand))
    assert (made.actions, verdict(made).code) == ((), Code.READY)
    alone = planned(desired(spec(REGISTRATOR), removed=(left,)), host(1, by_hand))
    assert stops(alone) == [task_arn(1)]
    assert [name for name, _ in starts(alone)] == [REGISTRATOR]


def test_a_board_knows_whether_anything_is_left_of_it() -> None:
    def left(*tasks: Task, **changes: object) -> bool:
        board = Board(PRUNED)
        seen = observed(host(1, task(1), *tasks, **changes))
        board.replan(seen, Memory(), None, Allowance(9, 9), NOW)
        return board.has_tasks(RETIRED)

    assert left(task(2, RETIRED))
    assert left(stopping(2, RETIRED))
    assert not left()
    assert not left(task(2, RETIRED, last="STOPPED", desired_status="STOPPED"))
    for there in (task(2, RETIRED), stopping(2, RETIRED)):
        assert left(there, status="DRAINING")
        assert left(there, connected=False)
    assert not left(status="DRAINING")
