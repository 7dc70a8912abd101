"""Plans and advice as documents."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from msgspec.structs import replace

from daemonctl.model.memory import Failure
from daemonctl.model.reason import Code, Condition, Notice, Verdict
from daemonctl.runtime import advice
from daemonctl.runtime.report import PlanDocument
from daemonctl.runtime.report_plan import plan_document


def document(
    ex: SimpleNamespace, verdicts: dict[object, Verdict], *actions: object
) -> PlanDocument:
    return plan_document(ex.facts(), ex.plan(verdicts, actions))


def slots(ex: SimpleNamespace, agent: Code, registrator: Code) -> dict[object, Verdict]:
    return {
        (ex.instance_arn("a"), ex.AGENT): Verdict(agent, "agent's words"),
        (ex.instance_arn("a"), ex.REGISTRATOR): Verdict(registrator, "waits for consul-agent"),
    }


@pytest.mark.parametrize("agent", [Code.START, Code.SETTLING, Code.READY, Code.IN_FLIGHT])
def test_a_start_behind_a_dependency_that_comes_is_a_change(
    ex: SimpleNamespace, agent: Code
) -> None:
    made = document(ex, slots(ex, agent, Code.BLOCKED))
    (later,) = made.later
    assert (later.action, later.daemon) == ("START", "registrator")
    assert later.instances == ("i-" + "a" * 17,)
    assert later.task_definition == "registrator:2"
    assert made.waiting == ()
    assert made.nothing_to_do is False


@pytest.mark.parametrize("agent", [Code.NO_FIT, Code.BACKOFF, Code.CONSTRAINT, Code.BLOCKED])
def test_a_start_behind_a_dependency_that_does_not_come_waits(
    ex: SimpleNamespace, agent: Code
) -> None:
    verdicts = slots(ex, agent, Code.BLOCKED)
    made = document(ex, verdicts)
    blocked = [each for each in made.waiting if each.daemon == "registrator"]
    # consul-agent depends on nothing: BLOCKED for it means what stops it is not in this plan.
    if agent is Code.BLOCKED:
        assert [each.daemon for each in made.later] == ["consul-agent", "registrator"]
    else:
        assert [each.code for each in blocked] == ["BLOCKED"]
        assert made.later == ()
        assert made.nothing_to_do is True


def test_a_dependency_without_a_verdict_does_not_come(ex: SimpleNamespace) -> None:
    verdicts = slots(ex, Code.START, Code.BLOCKED)
    del verdicts[(ex.instance_arn("a"), ex.AGENT)]
    assert document(ex, verdicts).later == ()


def test_waiting_slots_are_counted_by_reason(ex: SimpleNamespace) -> None:
    made = plan_document(ex.facts(), ex.plan())
    counted = [(each.daemon, each.code, each.count) for each in made.waiting]
    assert counted == [
        ("consul-agent", "NO_FIT", 1),
        ("consul-agent", "AGENT_DISCONNECTED", 1),
        ("registrator", "BACKOFF", 1),
        ("registrator", "BLOCKED", 1),
        ("registrator", "AGENT_DISCONNECTED", 1),
    ]


def test_actions_say_everything(ex: SimpleNamespace) -> None:
    start = ex.starts(ex.AGENT, "a", "c", words="no task of it here")
    made = document(ex, {}, start, ex.STOP)
    first, second = made.actions
    assert (first.action, first.task_definition) == ("START", "consul-agent:4")
    assert first.instances == ("i-" + "a" * 17, "i-" + "c" * 17)
    assert (second.action, second.kind, second.code) == ("STOP", "REPAIR", "DUPLICATE")
    assert second.task == "3" * 32
    assert made.nothing_to_do is False


def test_an_instance_that_went_is_named_by_its_id(ex: SimpleNamespace) -> None:
    start = ex.starts(ex.AGENT, "f", words="no task of it here")
    assert document(ex, {}, start).actions[0].instances == ("f" * 32,)


def test_without_a_view_there_is_no_plan_and_a_reason(ex: SimpleNamespace) -> None:
    example = ex.Example()
    example.clusters = [ex.Live(ex.facts(observed=None, trouble="AccessDenied: no"), None)]
    (made,) = example.report.plan().clusters
    assert made.nothing_to_do is False
    assert "AccessDenied: no" in made.words


@pytest.mark.parametrize("code", list(Code))
def test_every_verdict_has_a_next_step(code: Code) -> None:
    words = advice.for_verdict(Verdict(code))
    assert words.endswith(".")
    assert words[0].isupper()


@pytest.mark.parametrize("notice", list(Notice))
def test_every_condition_has_a_next_step(notice: Notice) -> None:
    assert advice.for_notice(notice).endswith(".")


def test_no_fit_names_what_is_short(ex: SimpleNamespace) -> None:
    host = ex.hosts()[ex.instance_arn("c")]
    words = advice.for_verdict(Verdict(Code.NO_FIT), host=host, definition=ex.DEFINITIONS[ex.AGENT])
    assert "needs 128 units, 64 of 2048 left" in words
    assert "consul-agent:4" in words


@pytest.mark.parametrize(
    ("code", "words", "expected"),
    [
        ("CannotPullContainerError", "", "access to the registry"),
        ("TaskFailedToStart", "CannotPullECRContainerError: no", "access to the registry"),
        (
            "TaskFailedToStart",
            "CannotStart…: Bind for …: port is already allocated",
            "holds the port",
        ),
        ("EssentialContainerExited", "exit code 1", "container's log"),
        ("AccessDeniedException", "", "iam:PassRole"),
        ("Unheard", "", "Repair what made it fail"),
    ],
)
def test_backoff_advises_by_the_failure(code: str, words: str, expected: str) -> None:
    failure = Failure(1, 0.0, 1.0, code, words)
    assert expected in advice.for_verdict(Verdict(Code.BACKOFF), failure=failure)


@pytest.mark.parametrize("notice", [Notice.VIEW_STALE, Notice.VIEW_PARTIAL])
def test_nothing_decided_is_not_nothing_to_do(ex: SimpleNamespace, notice: Notice) -> None:
    plan = replace(ex.plan({}), conditions=(Condition(notice, "the view is old"),))
    document = plan_document(ex.facts(), plan)
    assert document.nothing_to_do is False
    assert document.words.startswith("the view is old. ")
    assert advice.for_notice(notice) in document.words


@pytest.mark.parametrize(
    ("notice", "words", "step"),
    [
        (Notice.CLUSTER_BACKOFF, "AccessDeniedException: not allowed; tried 2 times", "iam:Pass"),
        (Notice.DAEMON_BACKOFF, "ClientException: TaskDefinition is inactive", "Register the task"),
        (Notice.DAEMON_BACKOFF, "ServerException: no", "Repair what is named"),
        (Notice.SLOW_START, "the last starts failed", "`daemonctl status registrator`"),
    ],
)
def test_a_condition_s_next_step_goes_by_its_cause(notice: Notice, words: str, step: str) -> None:
    assert step in advice.for_condition(Condition(notice, words, "registrator"))


@pytest.mark.parametrize(
    ("trouble", "step"),
    [
        ("AccessDeniedException: User: x", "Allow daemonctl's role"),
        ("ClusterNotFoundException: gone", "correct its name and region"),
        ("ServerException: no", "aws ecs list-clusters"),
    ],
)
def test_a_cluster_that_cannot_be_read_has_a_next_step(
    ex: SimpleNamespace, trouble: str, step: str
) -> None:
    example = ex.Example()
    example.show(trouble=trouble)
    (cluster,) = example.report.status().clusters
    assert trouble in cluster.words
    assert step in cluster.words


def test_an_instance_shows_the_conditions_that_hold_it_up(ex: SimpleNamespace) -> None:
    report = ex.Example().report
    told = {
        letter: [each.notice for each in report.instance("web", f"i-{letter * 3}").conditions]
        for letter in "abd"
    }
    assert told == {"a": [], "b": ["SLOW_START", "API_BUDGET"], "d": []}
    assert "Restart the ECS agent" in report.instance("web", "i-eee").next
    assert report.instance("web", "i-aaa").next == ""
