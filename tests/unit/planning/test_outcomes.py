from __future__ import annotations

import pytest
from msgspec import structs

from daemonctl.model.memory import NOTHING, Expectation, Failure, Hold, Kind, Scope, SlotMemory
from daemonctl.model.spec import Restart
from daemonctl.planning import outcomes
from daemonctl.planning.remember import sent
from tests.unit.planning.scenery import NOW

SENT = sent(NOTHING, Kind.START, NOW)
RESTART = Restart(max_seconds=120.0)


def test_an_accepted_write_is_expected_no_longer_but_stays_counted() -> None:
    assert outcomes.accepted(SENT) == SlotMemory(writes=(NOW,))


def test_a_write_without_an_answer_is_ambiguous_for_a_minute_from_when_it_was_sent() -> None:
    found = outcomes.unanswered(SENT)
    assert found.expectation == Expectation(Kind.START, NOW, NOW + 60, ambiguous=True)
    assert found.writes == (NOW,)


def test_an_answer_that_nobody_waits_for_changes_nothing() -> None:
    assert outcomes.unanswered(NOTHING) is NOTHING


@pytest.mark.parametrize(
    ("reason", "seconds", "words"),
    [
        ("AGENT", 15, "ECS says that the agent is not connected"),
        ("MISSING", 60, "ECS does not know this container instance"),
        ("INACTIVE", 60, "ECS says that this container instance is deregistered"),
    ],
)
def test_a_refusal_that_passes_is_a_hold_and_no_failure(
    reason: str, seconds: float, words: str
) -> None:
    found = outcomes.refused(SENT, RESTART, reason, "", NOW)
    assert found.hold == Hold(NOW + seconds, reason, words)
    assert (found.failure, found.expectation) == (None, None)


@pytest.mark.parametrize("reason", ["RESOURCE:MEMORY", "ATTRIBUTE", "LOCATION", "NEVER_HEARD_OF"])
def test_every_other_refusal_is_a_failure_of_the_instance_with_backoff(reason: str) -> None:
    found = outcomes.refused(SENT, RESTART, reason, "no room", NOW)
    assert found.failure == Failure(
        1, NOW, NOW + 1, reason, f"ECS refused the start: {reason} (no room)"
    )
    assert (found.expectation, found.probe_at) == (None, None)
    again = outcomes.refused(found, RESTART, reason, "no room", NOW + 1).failure
    assert again is not None
    assert (again.streak, again.until) == (2, NOW + 3)


def test_a_refusal_without_detail_says_only_the_reason() -> None:
    found = outcomes.refused(SENT, RESTART, "ATTRIBUTE", "", NOW)
    assert found.failure is not None
    assert found.failure.words == "ECS refused the start: ATTRIBUTE"


PROBED = SlotMemory(expectation=SENT.expectation, probe_at=NOW - 5)


def test_a_refused_probe_was_predicted_and_the_next_comes_after_max_seconds() -> None:
    found = outcomes.refused(PROBED, RESTART, "RESOURCE:CPU", "", NOW)
    assert found.failure is not None
    assert (found.failure.misfit, found.failure.until) == (True, NOW)
    assert found.probe_at == NOW + 120


def test_a_probe_refused_for_something_else_backs_off() -> None:
    found = outcomes.refused(PROBED, RESTART, "ATTRIBUTE", "", NOW)
    assert found.failure is not None
    assert (found.failure.misfit, found.failure.until) == (False, NOW + 1)
    assert found.probe_at == NOW + 120


def test_a_probe_that_met_an_absent_agent_is_still_due() -> None:
    assert outcomes.refused(PROBED, RESTART, "AGENT", "", NOW).probe_at == NOW - 5


@pytest.mark.parametrize(
    ("code", "scope"),
    [
        ("AccessDeniedException", Scope.CLUSTER),
        ("ClusterNotFoundException", Scope.CLUSTER),
        ("NoCredentials", Scope.CLUSTER),
        ("ClientException", Scope.DAEMON),
        ("InvalidParameterException", Scope.DAEMON),
        ("ThrottlingException", None),
        ("ServerException", None),
    ],
)
def test_an_error_reaches_the_cluster_the_daemon_or_passes(code: str, scope: Scope | None) -> None:
    assert outcomes.api_error(code) is scope


def test_errors_of_a_scope_double_their_wait() -> None:
    first = outcomes.scope_failure(None, RESTART, "ClientException", "inactive", NOW)
    assert first == Failure(1, NOW, NOW + 1, "ClientException", "inactive")
    second = outcomes.scope_failure(first, RESTART, "ClientException", "inactive", NOW + 1)
    assert (second.streak, second.until) == (2, NOW + 3)


def test_an_answered_look_is_remembered_with_what_it_was_for_and_with_nothing_else() -> None:
    asked = Expectation(Kind.START, NOW, NOW + 60, ambiguous=True, looks=1)
    found = outcomes.looked(SlotMemory(expectation=asked)).expectation
    assert found == structs.replace(asked, looked=True)
    assert outcomes.looked(NOTHING) is NOTHING
    sure = SlotMemory(expectation=structs.replace(asked, ambiguous=False))
    assert outcomes.looked(sure) is sure
