"""New revisions, good and bad, and operators who pause, resume and restart."""

from __future__ import annotations

import asyncio

from daemonctl.local.world import Behaviour
from daemonctl.model.ids import DaemonName
from daemonctl.model.rollout import Phase, Rollout
from daemonctl.model.spec import Strategy
from daemonctl.runtime.commands import Command, Verb
from tests.simulation.departure import orphans_left
from tests.simulation.hands import Hands
from tests.simulation.scenario import Family


def register(hands: Hands, family: Family, *, bad: bool) -> str:
    """A new revision, which its daemons follow."""
    stage = hands.stage
    stage.act("ecs", "RegisterTaskDefinition", family.request)
    number = len(stage.world.core.families[family.name])
    name = f"{family.name}:{number}"
    if bad:
        after = hands.dice.uniform(0.2, 4.0)
        manner = Behaviour(pull_failure="no such image")
        if hands.dice.random() < 0.6:
            manner = Behaviour(exit_after=after, exit_code=1)
        stage.world.behave(name, manner)
        hands.stage.truth.bad[name] = None
    return f"{name} is registered, {'bad' if bad else 'good'}"


def revision_registered(hands: Hands) -> str | None:
    family = hands.dice.choice(hands.stage.scenario.families)
    return register(hands, family, bad=False)


def bad_revision_registered(hands: Hands) -> str | None:
    family = hands.dice.choice(hands.stage.scenario.families)
    return register(hands, family, bad=True)


def rollout_paused(hands: Hands) -> str | None:
    return _order(hands, Verb.PAUSE)


def rollout_resumed(hands: Hands) -> str | None:
    return _order(hands, Verb.RESUME)


def rollout_restarted(hands: Hands) -> str | None:
    return _order(hands, Verb.RESTART)


def once_renewed(hands: Hands) -> str | None:
    """Another revision of what runs once, and a config that is loaded anew."""
    scenario = hands.stage.scenario
    family = next((one for one in scenario.families if one.name == scenario.once), None)
    if family is None:
        return None
    words = register(hands, family, bad=False)
    hands.reload()
    return words


def rollout_undone(hands: Hands) -> str | None:
    return _order(hands, Verb.UNDO)


ROLLING = (
    revision_registered,
    bad_revision_registered,
    rollout_paused,
    rollout_resumed,
    rollout_restarted,
    rollout_undone,
)
"""Happenings of scenarios with rollouts; weighed by how often a mood names them."""


def _order(hands: Hands, verb: Verb) -> str | None:
    life = next(iter(hands.stage.alive), None)
    if life is None or life.service is None:
        return None
    name = hands.dice.choice(hands.stage.scenario.daemons).name
    hands.stage.truth.restarted |= verb is Verb.RESTART
    if verb is Verb.UNDO:
        hands.stage.truth.undone[str(name)] = None
    order(hands, verb, name)
    return f"{verb} {name}"


def order(hands: Hands, verb: Verb, name: DaemonName) -> None:
    """An operator's command; nobody waits for its answer."""
    for life in hands.stage.alive:
        if life.service is not None:
            command = Command(verb, "sim", daemon=name)
            work = asyncio.get_running_loop().create_task(life.service.order(command))
            hands.orders[work] = None
            work.add_done_callback(lambda done: hands.orders.pop(done, None))


def mend(hands: Hands) -> None:
    """Before the end the operator puts right what only a person can: bad revisions, pauses."""
    scenario, world = hands.stage.scenario, hands.stage.world
    for family in scenario.families:
        last = f"{family.name}:{len(world.core.families[family.name])}"
        alone = scenario.stored and hands.dice.random() < 0.5 and _good_is_known(hands, family)
        daemons = [one for one in scenario.daemons if one.task_definition == family.name]
        undone = all(
            one.breaker.enable
            and one.breaker.rollback
            and one.strategy is Strategy.ROLLING
            and one.name not in hands.stage.truth.undone
            for one in daemons
        )
        if last in hands.stage.truth.bad and not (alone and undone):
            hands.stage.note("world", register(hands, family, bad=False))


def _good_is_known(hands: Hands, family: Family) -> bool:
    """The controller has something to go back to, and it works.

    A first revision that is bad may look good for a moment to who hears of no crash.
    """
    for life in hands.stage.alive:
        for name, held in life.service.memory.daemons.items() if life.service else ():
            spec = hands.stage.truth.daemons[name]
            good = None if held.rollout is None else held.rollout.last_good
            if spec.task_definition != family.name or good is None:
                continue
            if good.definition.rsplit("/", 1)[-1] not in hands.stage.truth.bad:
                return True
    return False


def tend(hands: Hands) -> None:
    """What an operator does again and again in the quiet, until all is well."""
    if hands.stage.scenario.rolling:
        _unstick(hands)
    if hands.stage.scenario.pruned:
        prune(hands)


def _unstick(hands: Hands) -> None:
    """The operator resumes what is paused, halted or unclear."""
    for life in hands.stage.alive:
        if life.service is None:
            continue
        for name, held in life.service.memory.daemons.items():
            rollout = held.rollout
            if rollout is None:
                continue
            good = f"{rollout.target.definition.rsplit('/', 1)[-1]}" not in hands.stage.truth.bad
            over = not (rollout.under_way and good) or _came_back(hands, name, rollout)
            if rollout.rollback_of is not None and over:
                _again(hands, rollout)
            stuck = rollout.phase in (Phase.UNCLEAR, Phase.HALTED) and good
            if stuck or rollout.pause is not None:
                order(hands, Verb.RESUME, name)


def prune(hands: Hands) -> None:
    """The operator lets orphans go, and says so again where it was not done."""
    truth, name = hands.stage.truth, hands.stage.scenario.departs
    truth.let_go = True
    if orphans_left(truth):
        hands.stage.hits["pruned"] += 1
        order(hands, Verb.PRUNE, DaemonName(name))


def _came_back(hands: Hands, name: DaemonName, rollout: Rollout) -> bool:
    """What runs is what was gone back to, and the rest may have no room for ever."""
    truth = hands.stage.truth
    slots = [(arn, str(name)) for arn in truth.cluster.instances]
    revisions = {task.definition.arn for slot in slots for task in truth.live(slot)}
    return str(name) in truth.undone and revisions == {rollout.target.definition}


def _again(hands: Hands, rollout: Rollout) -> None:
    """A good revision was given up because instances failed: it is registered anew."""
    family, _, number = rollout.asked.definition.rsplit("/", 1)[-1].partition(":")
    latest = str(len(hands.stage.world.core.families[family]))
    if number == latest and f"{family}:{number}" not in hands.stage.truth.bad:
        one = next(one for one in hands.stage.scenario.families if one.name == family)
        hands.stage.note("world", register(hands, one, bad=False))
