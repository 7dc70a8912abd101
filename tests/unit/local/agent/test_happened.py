"""What the engine shows or refuses, taken up."""

from __future__ import annotations

import pytest

from daemonctl.local.agent import happened
from daemonctl.local.agent.happened import OUT_OF_MEMORY, Seen
from daemonctl.local.agent.record import CREATED, NONE, PULLED, RUNNING, STOPPED, Binding
from daemonctl.local.agent.steps import CREATE, PULL, START, STOP
from tests.unit.local.agent.given import NOW, container, payload, port, run, task


def shown(status: str = "running", **fields: object) -> Seen:
    return Seen(**{"docker_id": "d", "status": status, "started_at": NOW} | fields)  # type: ignore[arg-type]  # a test's own fields


@pytest.mark.parametrize("status", [NONE, PULLED, CREATED, RUNNING])
def test_a_running_container_runs(status: str) -> None:
    made = task()
    made.container("main").status = status
    happened.seen(made, "main", shown(), NOW + 1)
    row = made.container("main")
    assert (row.status, row.docker_id, row.health) == (RUNNING, "d", "UNKNOWN")
    assert row.started_at == (None if status == RUNNING else NOW)


def test_published_ports_are_those_that_the_engine_shows() -> None:
    made = task(payload(1, container(portMappings=[port(80)])))
    ports = (Binding(container_port=80, host_port=32768),)
    happened.seen(made, "main", shown(ports=ports), NOW)
    assert made.container("main").bindings == ports


def test_in_host_mode_ports_are_the_containers_own() -> None:
    mappings = [port(8500, 8500), port(8600, 0, "udp")]
    made = task(payload(1, container(portMappings=mappings), networkMode="host"))
    happened.seen(made, "main", shown(), NOW)
    assert made.container("main").bindings == (
        Binding(container_port=8500, host_port=8500),
        Binding(container_port=8600, host_port=8600, protocol="udp"),
    )


def test_in_bridge_mode_a_mapping_that_is_not_published_is_not_told() -> None:
    made = task(payload(1, container(portMappings=[port(80)])))
    happened.seen(made, "main", shown(), NOW)
    assert made.container("main").bindings == ()


def test_health_is_told_with_its_time() -> None:
    made = task()
    for word, status, at in (
        ("starting", "UNKNOWN", None),
        ("healthy", "HEALTHY", 2.0),
        ("healthy", "HEALTHY", 2.0),
        ("unhealthy", "UNHEALTHY", 4.0),
    ):
        happened.seen(made, "main", shown(health=word), at or NOW)
        row = made.container("main")
        assert (row.health, row.health_since) == (status, at)
        if at == 2.0:
            happened.seen(made, "main", shown(health=word), 3.0)


@pytest.mark.parametrize("status", ["exited", "dead"])
def test_one_that_ended_has_its_exit_code(status: str) -> None:
    made = task()
    run(made)
    happened.seen(made, "main", shown(status, exit_code=143), NOW)
    row = made.container("main")
    assert (row.status, row.exit_code, row.reason) == (STOPPED, 143, None)


def test_one_that_was_over_before_anybody_looked_did_run() -> None:
    made = task()
    made.container("main").status = CREATED
    happened.seen(made, "main", shown("exited", exit_code=7), NOW + 1)
    assert made.container("main").started_at == NOW


def test_one_killed_for_its_memory_says_so() -> None:
    made = task()
    run(made)
    happened.seen(made, "main", shown("exited", exit_code=137, out_of_memory=True), NOW)
    assert made.container("main").reason == OUT_OF_MEMORY


def test_the_end_is_final() -> None:
    made = task()
    run(made)
    happened.seen(made, "main", shown("exited", exit_code=1), NOW)
    happened.seen(made, "main", shown(), NOW)
    happened.vanished(made, "main", 9)
    happened.failed(made, "main", STOP, "no")
    happened.timed_out(made, "main", STOP, 9)
    row = made.container("main")
    assert (row.status, row.exit_code, row.reason) == (STOPPED, 1, None)


def test_a_created_container_is_found_again() -> None:
    made = task()
    happened.seen(made, "main", shown("created", started_at=None), NOW)
    assert made.container("main").status == CREATED


def test_one_that_failed_to_start_has_not_ended_by_itself() -> None:
    made = task()
    made.container("main").status = CREATED
    happened.seen(made, "main", shown("exited", started_at=None), NOW)
    assert made.container("main").status == CREATED


@pytest.mark.parametrize(("code", "reason"), [(137, None), (None, "CannotInspectContainerError")])
def test_one_that_vanished_has_ended(code: int | None, reason: str | None) -> None:
    made = task()
    run(made)
    happened.vanished(made, "main", code)
    row = made.container("main")
    assert (row.status, row.exit_code) == (STOPPED, code)
    assert (row.reason or "").startswith(reason or "")


def test_one_that_was_never_created_cannot_vanish() -> None:
    made = task()
    happened.vanished(made, "main", None)
    assert made.container("main").status == NONE


def test_steps_that_went_well_lead_on() -> None:
    made = task()
    happened.done(made, "main", PULL)
    assert made.container("main").status == PULLED
    happened.done(made, "main", CREATE, docker_id="d")
    assert (made.container("main").status, made.container("main").docker_id) == (CREATED, "d")


@pytest.mark.parametrize(
    ("step", "words"),
    [
        (PULL, "CannotPullContainerError: no"),
        (CREATE, "CannotCreateContainerError: no"),
        (START, "CannotStartContainerError: no"),
        (STOP, "CannotStopContainerError: no"),
    ],
)
def test_a_refused_step_is_told_in_the_words_of_ecs(step: str, words: str) -> None:
    made = task()
    happened.failed(made, "main", step, "no")
    assert (made.container("main").status, made.container("main").reason) == (STOPPED, words)


@pytest.mark.parametrize(
    ("step", "seconds", "words"),
    [
        (PULL, 60, "Could not transition to pulled; timed out after waiting 1m0s"),
        (CREATE, 240, "Could not transition to created; timed out after waiting 4m0s"),
        (START, 30, "Could not transition to started; timed out after waiting 30s"),
    ],
)
def test_an_engine_that_does_not_answer_is_a_docker_timeout(
    step: str, seconds: float, words: str
) -> None:
    made = task()
    happened.timed_out(made, "main", step, seconds)
    assert made.container("main").reason == f"DockerTimeoutError: {words}"


POLICY = {"enabled": True, "ignoredExitCodes": [0], "restartAttemptPeriod": 60}


@pytest.mark.parametrize(
    ("ran", "code", "desired", "restarts"),
    [
        (60, 1, RUNNING, True),
        (59, 1, RUNNING, False),
        (60, 0, RUNNING, False),
        (60, 1, STOPPED, False),
    ],
)
def test_a_restart_policy_starts_it_anew(
    ran: float, code: int, desired: str, *, restarts: bool
) -> None:
    made = task(payload(1, container(restartPolicy=POLICY)))
    run(made)
    made.record.desired = desired
    ended = shown("exited", exit_code=code, finished_at=NOW + ran)
    happened.seen(made, "main", ended, NOW + ran)
    row = made.container("main")
    assert (row.status, row.restarts) == ((CREATED, 1) if restarts else (STOPPED, 0))
    if restarts:  # seen once more before it was started: the same end is no second one
        happened.seen(made, "main", ended, NOW + ran)
        assert (row.status, row.restarts) == (CREATED, 1)
        happened.seen(made, "main", shown(started_at=NOW + 99), NOW + 99)
        assert (row.status, row.started_at) == (RUNNING, NOW + 99)
