from __future__ import annotations

from msgspec import structs

from daemonctl.model.desired import DesiredDaemon
from daemonctl.model.ids import DaemonName
from daemonctl.model.memory import DaemonMemory, Failure, Hold, Memory, SlotMemory, SlowStart
from daemonctl.model.observed import Observed
from daemonctl.model.plan import Allowance, StartTask, StopTask
from daemonctl.model.reason import Condition, Notice
from daemonctl.planning.allot import batches
from daemonctl.planning.assessment import WantStart
from tests.unit.planning.scenery import (
    AGENT,
    BOTH,
    NOW,
    OWNER,
    REGISTRATOR,
    arn,
    attributes,
    crash,
    daemon,
    definition_arn,
    desired,
    host,
    notices,
    observed,
    planned,
    spec,
    starts,
    stops,
    task,
    task_arn,
)

ONE = desired()
WAITING = Failure(3, NOW, NOW + 40, "AccessDeniedException", "not allowed")


def empty(count: int, first: int = 1) -> Observed:
    return observed(*(host(n) for n in range(first, first + count)))


def test_a_start_says_everything_that_the_call_needs() -> None:
    one = spec(
        tags=(("team", "platform"),),
        propagate_tags=True,
        enable_execute_command=True,
        overrides='{"taskRoleArn":"{{cluster}}"}',
    )
    assert planned(desired(one), empty(1)).actions == (
        StartTask(
            daemon=AGENT,
            owner=OWNER,
            definition=definition_arn(),
            instances=(arn(),),
            overrides='{"taskRoleArn":"web-cluster"}',
            tags=(("team", "platform"),),
            propagate_tags=True,
            enable_execute_command=True,
            words="not running here",
        ),
    )


def test_starts_go_ten_instances_to_a_call() -> None:
    made = planned(ONE, empty(23))
    assert [len(a.instances) for a in made.actions if isinstance(a, StartTask)] == [10, 10, 3]
    assert len(set(starts(made))) == 23


def test_what_needs_different_overrides_goes_in_different_calls() -> None:
    one = spec(overrides='{"taskRoleArn":"{{attribute:rack}}"}')
    hosts = [host(n, attributes=attributes(rack="ab"[n % 2])) for n in range(1, 5)]
    made = planned(desired(one), observed(*hosts))
    calls = [a.instances for a in made.actions if isinstance(a, StartTask)]
    assert calls == [(arn(1), arn(3)), (arn(2), arn(4))]


def test_batches_stop_where_the_calls_end() -> None:
    wants = [(arn(n), WantStart(definition_arn(), "", "w")) for n in range(25)]
    assert [len(arns) for _, arns in batches(wants, 2)] == [10, 10]
    assert batches(wants, 0) == []
    mixed = [(arn(n), WantStart(definition_arn(), "ab"[n % 2], "w")) for n in range(25)]
    assert [len(arns) for _, arns in batches(mixed, 4)] == [10, 10, 3, 2]


def test_starts_go_by_zone_and_then_by_arn() -> None:
    hosts = [
        host(n, attributes=attributes(ecs__availability_zone=f"zone-{'cab'[n % 3]}"))
        for n in range(1, 7)
    ]
    assert [place for _, place in starts(planned(ONE, observed(*hosts)))] == [
        arn(n) for n in (1, 4, 2, 5, 3, 6)
    ]


def test_duplicates_go_first_then_starts_dependencies_first_then_voluntary_stops() -> None:
    astray = spec(DaemonName("zz"), constraints=("attribute:tier == web",))
    web = attributes(tier="web")
    fine = [task(70 + n, DaemonName("zz")) for n in range(2)]
    wanted = desired(spec(REGISTRATOR, AGENT), spec(), astray)
    seen = observed(
        host(1, task(1, age=60), task(2, age=50), task(3, REGISTRATOR), task(9, DaemonName("zz"))),
        host(2, task(4), attributes=web),
        host(3, attributes=web),
        host(4, task(5), task(6, REGISTRATOR), fine[0], attributes=web),
        host(5, task(7), task(8, REGISTRATOR), fine[1], attributes=web),
    )
    made = planned(wanted, seen)
    kinds = [
        (a.kind.value if isinstance(a, StopTask) else "START", str(a.daemon)) for a in made.actions
    ]
    assert kinds == [
        ("REPAIR", "consul-agent"),
        ("START", "consul-agent"),
        ("START", "zz"),
        ("START", "registrator"),
        ("VOLUNTARY", "zz"),
    ]


def test_actions_never_exceed_the_allowance_and_the_rest_waits_for_the_next_token() -> None:
    made = planned(ONE, empty(23), allowance=Allowance(2, 60, NOW + 3))
    assert len(starts(made)) == 20
    words = "starts or stops wait for API tokens"
    assert made.conditions == (Condition(Notice.API_BUDGET, words),)
    assert made.wake == NOW + 3


def test_what_waits_for_another_reason_does_not_wait_for_tokens() -> None:
    made = planned(ONE, empty(5), braked(2), allowance=Allowance(2, 60, NOW + 3))
    assert (notices(made), made.wake) == ([(Notice.SLOW_START, AGENT)], None)


def test_a_start_of_ten_takes_one_token() -> None:
    two = desired(spec(), spec(REGISTRATOR))
    made = planned(two, empty(10), allowance=Allowance(2, 60))
    assert len(starts(made)) == 20


def test_without_a_token_nothing_is_done() -> None:
    two = host(1, task(1), task(2))
    made = planned(ONE, observed(two, host(2)), allowance=Allowance(0, 0, NOW + 3))
    assert (made.actions, made.wake) == ((), NOW + 3)


def test_with_just_enough_tokens_nothing_waits() -> None:
    made = planned(ONE, empty(20), allowance=Allowance(2, 60, NOW + 3))
    assert (notices(made), made.wake) == ([], None)


def test_repairs_take_the_tokens_before_starts() -> None:
    seen = observed(host(1, task(1, age=60), task(2, age=50)), host(2))
    made = planned(ONE, seen, allowance=Allowance(1, 0))
    assert (stops(made), starts(made)) == ([task_arn(2)], [])


def test_no_action_on_a_partial_view() -> None:
    made = planned(ONE, structs.replace(empty(2), complete=False))
    words = "the last listing did not end: nothing is done until one does"
    assert (made.actions, made.conditions) == ((), (Condition(Notice.VIEW_PARTIAL, words),))


def test_no_action_on_a_view_older_than_the_bound() -> None:
    old = structs.replace(empty(2), as_of=NOW - 1260)
    assert starts(planned(ONE, old))
    made = planned(ONE, old, at=1)
    words = "the view is older than 1260 s: nothing is done"
    assert (made.actions, made.conditions) == ((), (Condition(Notice.VIEW_STALE, words),))


def test_barred_nothing_is_done_and_the_reason_is_told_beside_what_else_holds() -> None:
    frozen = Condition(Notice.FROZEN, "every write is stopped")
    memory = Memory(daemons={AGENT: DaemonMemory(failure=WAITING)})
    two = host(1, task(1), task(2))
    barred = Allowance(9, 9, barred=frozen)
    made = planned(BOTH, observed(two, host(2)), memory, allowance=barred)
    assert [slot for slot in made.slots.values() if slot and slot.expectation] == []
    assert made.actions == ()
    assert notices(made) == [(Notice.DAEMON_BACKOFF, AGENT), (Notice.FROZEN, "")]
    assert made.conditions[1] is frozen


def test_a_failure_of_the_cluster_holds_every_start_and_no_repair() -> None:
    seen = observed(host(1, task(1, age=60), task(2, age=50)), host(2))
    made = planned(BOTH, seen, Memory(cluster=WAITING))
    assert starts(made) == []
    assert stops(made) == [task_arn(2)]
    assert made.conditions[0] == Condition(
        Notice.CLUSTER_BACKOFF, "AccessDeniedException: not allowed; tried 3 times"
    )
    assert made.wake == NOW + 40
    assert starts(planned(BOTH, seen, Memory(cluster=WAITING), at=40))


def test_a_failure_of_a_daemon_holds_its_starts_and_no_others() -> None:
    memory = Memory(daemons={AGENT: DaemonMemory(failure=WAITING)})
    made = planned(desired(spec(), spec(REGISTRATOR)), empty(1), memory)
    assert starts(made) == [(REGISTRATOR, arn())]
    assert notices(made) == [(Notice.DAEMON_BACKOFF, AGENT)]
    assert made.wake == NOW + 40


def test_a_backoff_that_holds_nothing_is_not_told() -> None:
    made = planned(ONE, host(1, task()), Memory(cluster=WAITING))
    assert made.conditions == ()


def test_a_backoff_is_told_while_something_is_missing_though_nothing_could_start_now() -> None:
    held = Memory({(arn(1), AGENT): SlotMemory(hold=Hold(NOW + 9, "x", "x"))}, cluster=WAITING)
    made = planned(ONE, host(1), held)
    assert [one.notice for one in made.conditions] == [Notice.CLUSTER_BACKOFF]
    assert made.wake == min(NOW + 9, WAITING.until)


def braked(limit: int, *failed: int) -> Memory:
    slow = SlowStart(tuple(arn(n) for n in failed), limit)
    return Memory(daemons={AGENT: DaemonMemory(slow)})


def test_the_brake_leaves_as_many_starts_as_its_limit() -> None:
    made = planned(ONE, empty(5), braked(2, 7, 8, 9, 10))
    assert len(starts(made)) == 2
    assert made.conditions == (
        Condition(
            Notice.SLOW_START,
            "the last starts failed on different instances, 2 at a time now; "
            f"last on {8:032x}, {9:032x}, {10:032x}",
            AGENT,
        ),
    )


def test_the_brake_names_instances_as_ec2_does_where_it_can() -> None:
    seen = observed(host(7), host(8, ec2_id=""), *(host(n) for n in (1, 2)))
    (told,) = planned(ONE, seen, braked(1, 7, 8)).conditions
    assert told.words.endswith(f"; last on i-{7:017x}, {8:032x}")


def test_what_is_starting_already_counts_under_the_brake() -> None:
    pending = host(9, task(9, last="PENDING", age=2))
    made = planned(ONE, observed(host(1), host(2), pending), braked(2))
    assert starts(made) == [(AGENT, arn(1))]
    assert made.conditions[0].words.endswith("2 at a time now")
    assert starts(planned(ONE, observed(host(1), pending), braked(1))) == []


def test_under_the_brake_nobody_is_tried_again_before_the_others() -> None:
    def failed(ago: float) -> SlotMemory:
        series = Failure(3, NOW - ago, NOW - 1, "EssentialContainerExited", "exit 1")
        return SlotMemory(failure=series)

    memory = braked(1, 1, 2)
    memory.slots |= {(arn(1), AGENT): failed(10), (arn(2), AGENT): failed(90)}
    assert starts(planned(ONE, empty(2), memory)) == [(AGENT, arn(2))]
    assert starts(planned(ONE, empty(3), memory)) == [(AGENT, arn(3))]


def test_a_brake_that_holds_nothing_back_is_not_told() -> None:
    made = planned(ONE, empty(2), braked(2))
    assert (len(starts(made)), made.conditions) == (2, ())


def test_failures_on_three_instances_brake_in_the_same_plan() -> None:
    crashed = [host(n, crash(n, ago=50)) for n in (1, 2, 3)]
    made = planned(ONE, observed(*crashed))
    assert len(starts(made)) == 1
    assert made.daemons[AGENT].slow == SlowStart((arn(1), arn(2), arn(3)), 1)


def test_a_daemon_without_a_definition_starts_nothing() -> None:
    made = planned(
        desired(DesiredDaemon(spec(), None, "gone"), daemon(spec(REGISTRATOR))), empty(1)
    )
    assert starts(made) == [(REGISTRATOR, arn())]


def test_without_a_brake_who_failed_before_keeps_its_place() -> None:
    seen = observed(host(1, crash(1, ago=30.0)), host(2))
    assert starts(planned(ONE, seen)) == [(AGENT, arn(1)), (AGENT, arn(2))]
