"""Daemons of type ONCE: what they become, and what cannot go together with that."""

from __future__ import annotations

import pytest

from daemonctl.adapters.config.parse import parse
from daemonctl.model.spec import Dependency, DependsOn, Restart, Share
from tests.unit.adapters.configs import daemon, faults, only

ONCE = """\
owner: prod
clusters: [{name: web}]
daemons:
  - {name: setup, taskDefinition: setup, type: ONCE}
  - {name: agent, taskDefinition: agent, dependsOn: [{daemon: setup, condition: SUCCESS}]}
"""


def test_it_arrives_with_what_still_means_something() -> None:
    more = "restart: {maxSeconds: 60}, deploymentConfiguration: {maxUnavailable: 2}, adopt: false"
    setup, agent = parse(
        ONCE.replace("type: ONCE", f"type: ONCE, {more}, onRemove: STOP").encode()
    ).clusters[0].daemons  # fmt: skip
    assert (setup.once, setup.required, agent.once) == (True, True, False)
    assert (setup.restart, setup.max_unavailable) == (Restart(max_seconds=60), Share(2))
    assert agent.depends_on == (Dependency(setup.name, DependsOn.SUCCESS),)
    assert not parse(daemon("type: DAEMON").encode()).clusters[0].daemons[1].once


@pytest.mark.parametrize(
    ("more", "path"),
    [
        ("ready: {}", "ready"),
        ("unhealthyAfterSeconds: 60", "unhealthyAfterSeconds"),
        ("restart: {resetAfterSeconds: 600}", "restart.resetAfterSeconds"),
        ("drain: {}", "drain"),
        ("onlyWith: {services: [x]}", "onlyWith"),
        ("adopt: true", "adopt"),
        ("follow: LATEST", "follow"),
        ("deploymentConfiguration: {strategy: ROLLING}", "deploymentConfiguration.strategy"),
        ("deploymentConfiguration: {canary: {}}", "deploymentConfiguration.canary"),
        ("deploymentConfiguration: {perZone: false}", "deploymentConfiguration.perZone"),
        (
            "deploymentConfiguration: {bakeTimeInMinutes: 0}",
            "deploymentConfiguration.bakeTimeInMinutes",
        ),
        (
            "deploymentConfiguration: {deploymentCircuitBreaker: {}}",
            "deploymentConfiguration.deploymentCircuitBreaker",
        ),
    ],
)
def test_what_means_nothing_for_it_is_refused(more: str, path: str) -> None:
    found = only(daemon(f"type: ONCE, {more}"))
    assert (found.path, found.line) == (f"daemons[1].{path}", 6)
    assert found.words.startswith("cannot go together with type ONCE: ")


def test_all_of_them_are_told_at_once() -> None:
    found = faults(daemon("type: ONCE, drain: {}, deploymentConfiguration: {canary: {}}"))
    assert len(found) == 2


@pytest.mark.parametrize("condition", ["START", "HEALTHY", "READY"])
def test_of_what_ends_only_its_end_can_be_waited_for(condition: str) -> None:
    found = only(ONCE.replace("SUCCESS", condition))
    assert (found.path, found.line) == ("daemons[1].dependsOn[0].condition", 5)
    assert found.words == '"setup" is of type ONCE, which ends: it needs condition SUCCESS'


def test_the_default_condition_is_not_its_end() -> None:
    assert "needs condition SUCCESS" in only(ONCE.replace(", condition: SUCCESS", "")).words


def test_success_is_of_what_ends_only() -> None:
    found = only(ONCE.replace(", type: ONCE", ""))
    assert found.words == '"setup" is not of type ONCE: it never ends, ask for READY'


def test_nothing_is_restarted_with_it() -> None:
    found = only(ONCE.replace("SUCCESS}", "SUCCESS, restart: true}"))
    assert found.path == "daemons[1].dependsOn[0].restart"


def test_a_dependency_that_is_not_there_is_told_as_that_alone() -> None:
    found = only(ONCE.replace("daemon: setup", "daemon: set-up"))
    assert found.path == "daemons[1].dependsOn[0].daemon"
