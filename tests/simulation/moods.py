"""Scenarios with a mood: what seldom comes together, so that rare writes are made often."""

from __future__ import annotations

import random
from dataclasses import replace

from msgspec.structs import replace as changed

from daemonctl.model.spec import (
    Breaker,
    Canary,
    GhostsSpec,
    OnlyWith,
    OnRemove,
    ScaleIn,
    Share,
    Strategy,
)
from tests.simulation.once import with_once
from tests.simulation.rolling import SHARES
from tests.simulation.scenario import CONSTRAINTS, READS_FAIL, Fault, Scenario, drawn

SHARES_A_MINUTE = (Share(3), Share(34, percent=True), Share(100, percent=True))


def draw(seed: int) -> Scenario:
    """The scenario of a seed."""
    scenario = _mood(random.Random(f"mood {seed}"), drawn(seed))
    scenario = _with_consul(random.Random(f"consul {seed}"), scenario)
    scenario = _with_ghosts(random.Random(f"ghosts {seed}"), scenario)
    scenario = _with_idle_hosts(random.Random(f"idle hosts {seed}"), scenario)
    scenario = _with_departure(random.Random(f"departure {seed}"), scenario)
    return with_once(random.Random(f"once {seed}"), scenario)


def _with_departure(dice: random.Random, scenario: Scenario) -> Scenario:
    """In one of fourteen a daemon leaves the config, one that no other depends on."""
    if dice.random() >= 1 / 14 or scenario.rolling or scenario.blackout or scenario.scale_in:
        return scenario
    needed = {need.daemon for one in scenario.daemons for need in one.depends_on}
    free = [one.name for one in scenario.daemons if one.name not in needed]
    name = dice.choice([one for one in free if one != scenario.agent] or free)
    if name == scenario.agent:
        return scenario
    fate = dice.choice(tuple(OnRemove))
    daemons = (
        changed(one, adopt=False, make_room=(), on_remove=fate) if one.name == name else one
        for one in scenario.daemons
    )
    return replace(
        scenario,
        daemons=tuple(daemons),
        departs=str(name),
        pruned=fate is OnRemove.KEEP and dice.random() < 0.5,
        chaos_seconds=scenario.chaos_seconds + 60.0,
        stored=True,
        second_leader=False,
    )


def _with_idle_hosts(dice: random.Random, scenario: Scenario) -> Scenario:
    """In one of fourteen, hosts without work are drained or told of, and dead ones deregistered."""
    if dice.random() >= 1 / 14 or scenario.rolling or scenario.blackout:
        return scenario
    wish = ScaleIn(dice.choice((10.0, 30.0)), dice.random() < 0.8, dice.choice((1, 1, 2)))
    come_and_go = ("host_added", "host_lost", "agent_flapped", "host_undrained")
    work = ("service_scaled", "service_scaled", "foreign_task", "container_killed")
    heard = dice.random() < 0.6  # then the oracle knows to the minute what must be known
    faults = [one for one in scenario.faults if not (heard and one.kind in READS_FAIL)]
    return replace(
        scenario,
        instances=max(6, scenario.instances),
        faults=tuple(faults),
        services=1,
        only=(*work, *come_and_go),
        happenings=14,
        interval=min(30.0, scenario.interval),
        scale_in=wish,
        lost_after=dice.choice((20.0, 60.0)),
    )


def _with_consul(dice: random.Random, scenario: Scenario) -> Scenario:
    """In one of six a daemon is ready when Consul says so; in half of those Consul goes away."""
    if dice.random() >= 1 / 6 or scenario.rolling:  # updates wait while Consul is not known
        return scenario
    agent = min(daemon.name for daemon in scenario.daemons)  # others depend on it, never it on them
    gone = (dice.uniform(0, 60), dice.choice((40.0, 150.0, 1e6))) if dice.random() < 0.5 else (0, 0)
    return replace(
        scenario,
        agent=str(agent),
        consul_gone=gone,
        consul_back=dice.random() < 0.6 or scenario.rolling,  # updates wait for it
        daemons=tuple(changed(one, agent_alive=one.name == agent) for one in scenario.daemons),
        labels=(*scenario.labels, "agent_alive", *(["consul_gone"] if gone[1] else [])),
    )


def _with_ghosts(dice: random.Random, scenario: Scenario) -> Scenario:
    """Where there are agents, half the time hosts die and leave their nodes in Consul."""
    if not scenario.agent or scenario.blackout or dice.random() < 0.5:
        return scenario
    come_and_go = ("host_added", "host_added", "host_terminated", "host_terminated", "host_lost")
    drains = ("host_drained", "host_drained", "host_undrained", "host_stopped", "host_started")
    return replace(
        scenario,
        instances=max(5, scenario.instances),
        only=(*come_and_go, *drains, "container_killed", "agent_flapped"),
        happenings=16,
        stored=True,
        ghosts=GhostsSpec(per_minute=dice.choice((5, 20)), max_share=dice.choice(SHARES_A_MINUTE)),
    )


def _mood(  # noqa: PLR0911  a mood a return
    dice: random.Random, scenario: Scenario
) -> Scenario:
    """Now and then what seldom comes together by chance, so that rare writes are made often."""
    kind = dice.random()
    if kind < 0.08:  # duplicates everywhere, and a network that loses the calls that end them
        rates = {"ambiguous_start": 0.6, "server_error": 0.12, "event_doubled": 0.3}
        faults = [Fault(kind=name, rate=rate, size=None) for name, rate in rates.items()]
        only = ("task_doubled", "task_doubled", "container_killed", "host_added")
        return replace(scenario, faults=tuple(faults), only=only, happenings=14, lost_stops=0.4)
    if kind < 0.16:  # instances that change their role, and daemons that mind it
        daemons = (changed(one, constraints=CONSTRAINTS[:1]) for one in scenario.daemons)
        only = ("attribute_changed", "container_killed", "agent_flapped", "host_added")
        return replace(
            scenario,
            daemons=tuple(daemons),
            instances=max(6, scenario.instances),
            only=only,
            happenings=14,
        )
    if kind < 0.20:  # hosts that leave, with services to move away first, and some that stay
        only = ("host_drained", "host_drained", "host_undrained", "container_killed")
        return replace(
            scenario,
            instances=max(4, scenario.instances),
            services=2,
            only=(*only, "foreign_task", "service_scaled", "host_added"),
            happenings=14,
            daemon_service=scenario.seed % 2 == 0,
        )
    if kind < 0.23:
        return _with_services(scenario)
    if kind < 0.29:  # containers whose health check fails, and time to replace them
        families = tuple(replace(family, checked=True) for family in scenario.families)
        return replace(
            scenario,
            families=families,
            only=("unhealthy", "host_added"),
            happenings=5,
            interval=30.0,
            crashes=0,
            chaos_seconds=scenario.blackout + 300.0,
        )
    if kind < 0.44:  # revisions come and go
        return _rolling(dice, scenario)
    return scenario


def _rolling(dice: random.Random, scenario: Scenario) -> Scenario:
    """One leader at a time: two would each have the budget (a lease keeps them apart)."""
    daemons = tuple(
        changed(
            one,
            follow=True,
            constraints=(),
            max_unavailable=dice.choice(SHARES),
            strategy=Strategy.ON_DELETE if dice.random() < 0.08 else Strategy.ROLLING,
            canary=Canary(dice.choice((0, 0, 1, 2)), dice.choice((0.0, 20.0))),
            bake_seconds=dice.choice((0.0, 0.0, 25.0)),
            per_zone=dice.random() < 0.4,
            breaker=Breaker(dice.random() < 0.85, dice.random() < 0.85, dice.choice((1, 2, 3))),
        )
        for one in scenario.daemons
    )
    # Room for all: where there is none, whoever comes first takes what an update has freed.
    families = tuple(replace(one, cpu=64, memory=128) for one in scenario.families)
    sick = ("container_killed", "host_added", "host_terminated", "agent_flapped")
    steering = ("rollout_paused", "rollout_resumed", "rollout_restarted")
    if random.Random(f"undo {scenario.seed}").random() < 0.3:
        steering += ("rollout_undone",) * 3
    if random.Random(f"doubled {scenario.seed}").random() < 0.25:
        steering += ("task_doubled",) * 4
    fresh = ("revision_registered", "bad_revision_registered") * 3
    return replace(
        scenario,
        daemons=daemons,
        families=families,
        instances=max(4, scenario.instances),
        only=(*fresh, *steering, *sick),
        happenings=dice.randint(3, 12),
        stored=dice.random() < 0.7,
        rolling=True,
        second_leader=False,
        interval=min(30.0, scenario.interval),
        chaos_seconds=scenario.blackout + dice.uniform(200, 500),
        services=0,
    )


def _with_services(scenario: Scenario) -> Scenario:
    """Daemons that only come with a service's tasks."""
    rule = OnlyWith(("s*",), 10.0)
    daemons = (changed(one, only_with=rule, required=False) for one in scenario.daemons[:-1])
    return replace(
        scenario,
        daemons=(*daemons, scenario.daemons[-1]),
        services=2,
        only=("service_scaled", "service_scaled", "host_added", "container_killed"),
        happenings=14,
    )
