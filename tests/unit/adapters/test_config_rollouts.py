"""The keys of a rollout: what they become, and what cannot go together."""

from __future__ import annotations

import pytest

from daemonctl.adapters.config.parse import parse
from daemonctl.model.spec import Breaker, Canary, DaemonSpec, Share, Strategy
from tests.unit.adapters.configs import SHORTEST, daemon, faults


def built(more: str) -> DaemonSpec:
    return parse(daemon(more).encode()).clusters[0].daemons[1]


def rolled(more: str) -> DaemonSpec:
    return built(f"deploymentConfiguration: {{{more}}}")


def test_without_keys_it_rolls_within_a_tenth_and_undoes_itself() -> None:
    plain = parse(SHORTEST.encode()).clusters[0].daemons[0]
    assert (plain.follow, plain.strategy, plain.canary) == (False, Strategy.ROLLING, Canary())
    assert (plain.bake_seconds, plain.per_zone, plain.breaker) == (0, False, Breaker())
    assert plain.max_unavailable == Share(10, percent=True)


def test_every_key_arrives() -> None:
    full = rolled(
        "strategy: ROLLING, maxUnavailable: 2, canary: {instances: 3, bakeTimeInMinutes: 0.5},"
        " bakeTimeInMinutes: 10, perZone: true,"
        " deploymentCircuitBreaker: {enable: true, rollback: false, maxFailures: 7}"
    )
    assert (full.strategy, full.max_unavailable) == (Strategy.ROLLING, Share(2))
    assert (full.canary, full.bake_seconds) == (Canary(3, 30.0), 600.0)
    assert (full.per_zone, full.breaker) == (True, Breaker(True, False, 7))
    assert rolled("canary: {}").canary == Canary(1, 300.0)
    assert rolled("deploymentCircuitBreaker: {enable: false}").breaker == Breaker(enable=False)
    assert rolled("strategy: ON_DELETE, perZone: false").strategy is Strategy.ON_DELETE
    assert built("follow: LATEST").follow


CONFIG = "deploymentConfiguration: "


@pytest.mark.parametrize(
    ("more", "path", "words"),
    [
        (CONFIG + "{strategy: RECREATE}", "deploymentConfiguration.strategy", "ROLLING"),
        (CONFIG + "{canary: {instances: 0}}", "deploymentConfiguration.canary.instances", "1"),
        (CONFIG + "{bakeTimeInMinutes: 1441}", "deploymentConfiguration.bakeTimeInMinutes", "1440"),
        (
            CONFIG + "{canary: {bakeTimeInMinutes: -1}}",
            "deploymentConfiguration.canary.bakeTimeInMinutes",
            "0",
        ),
        (CONFIG + "{perZone: 1}", "deploymentConfiguration.perZone", "true"),
        (
            CONFIG + "{deploymentCircuitBreaker: {maxFailures: 0}}",
            "deploymentConfiguration.deploymentCircuitBreaker.maxFailures",
            "1",
        ),
        (
            CONFIG + "{deploymentCircuitBreaker: {threshold: 1}}",
            "deploymentConfiguration.deploymentCircuitBreaker.threshold",
            "unknown key",
        ),
        (
            CONFIG + "{strategy: ON_DELETE, canary: {instances: 1}}",
            "deploymentConfiguration.canary",
            "needs strategy ROLLING",
        ),
        (
            CONFIG + "{strategy: ON_DELETE, perZone: true}",
            "deploymentConfiguration.perZone",
            "needs strategy ROLLING",
        ),
        ("follow: NEWEST", "follow", "LATEST"),
    ],
)
def test_a_fault_is_named_with_its_path_and_line(more: str, path: str, words: str) -> None:
    (found,) = faults(daemon(more))
    assert (found.path, found.line) == (f"daemons[1].{path}", 6)
    assert words in found.words


def test_a_pinned_revision_is_not_followed() -> None:
    text = daemon("follow: LATEST").replace("taskDefinition: registrator", "taskDefinition: r:3")
    (found,) = faults(text)
    assert found.path == "daemons[1].follow"
    assert "leave out one of the two" in found.words
