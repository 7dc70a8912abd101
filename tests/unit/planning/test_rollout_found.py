"""What a process that remembers nothing makes of the tasks that it finds."""

from __future__ import annotations

from msgspec import structs

from daemonctl.model.cluster import Task
from daemonctl.model.observed import Host
from daemonctl.model.rollout import HistoryEntry, Outcome, Phase, Revision, Rollout
from daemonctl.model.spec import Canary
from daemonctl.planning.rollout_found import found
from daemonctl.planning.rules import compile_rules
from tests.unit.planning.scenery import (
    NOW,
    arn,
    attributes,
    crash,
    daemon,
    definition,
    definition_arn,
    desired,
    host,
    observed,
    spec,
    task,
)

OLD, NEW = (Revision(definition_arn(revision=n)) for n in (1, 2))
NODE = '{"containerOverrides":[{"command":["{{ec2InstanceId}}"],"name":"main"}]}'


def look(*hosts: Host, **of_spec: object) -> Rollout:
    wanted = daemon(spec(**of_spec), definition())
    rules = compile_rules(desired(wanted))
    assert wanted.wanted is not None
    return found(rules, rules.daemons[0], wanted.wanted, observed(*hosts).hosts, NOW)


def new(number: int, **changes: object) -> Host:
    return host(number, task(number, host=number, **changes))


def old(number: int, **changes: object) -> Host:
    return new(number, **{"definition": OLD.definition, **changes})


def test_where_nothing_or_only_the_wanted_revision_runs_it_has_yet_to_be_seen_to_work() -> None:
    for hosts in ((host(1),), (new(1), new(2))):
        rollout = look(*hosts)
        assert (rollout.phase, rollout.target, rollout.last_good) == (Phase.ROLLING, NEW, None)
        assert rollout.history == (HistoryEntry(1, NEW, NOW, "found running"),)
        assert (rollout.asked, rollout.began) == (NEW, NOW)


def test_one_other_revision_everywhere_is_the_last_good_one() -> None:
    rollout = look(old(1), old(2, last="PENDING"))
    assert (rollout.target, rollout.last_good, rollout.phase) == (OLD, OLD, Phase.STEADY)
    found_so = HistoryEntry(1, OLD, NOW, "found running", Outcome.COMPLETE)
    assert (rollout.asked, rollout.history, rollout.began) == (OLD, (found_so,), NOW)


def test_one_that_is_ready_nowhere_was_never_seen_to_be_good() -> None:
    rollout = look(old(1, last="PENDING"))
    assert (rollout.target, rollout.last_good, rollout.phase) == (NEW, OLD, Phase.ROLLING)


def test_a_mix_of_the_wanted_and_one_other_goes_on() -> None:
    rollout = look(new(1), old(2), host(3))
    assert (rollout.phase, rollout.target, rollout.last_good) == (Phase.ROLLING, NEW, OLD)


def test_a_duplicate_of_another_revision_is_seen_behind_one_of_the_wanted() -> None:
    assert look(host(1, task(1), task(2, definition=OLD.definition))).last_good == OLD


def test_so_few_that_they_are_the_canaries_still_are() -> None:
    zone = attributes(ecs__availability_zone="eu-west-1b")
    far = host(1, task(1), attributes=zone)
    hosts = (far, new(2), old(3), old(4))
    rollout = look(*hosts, canary=Canary(2))
    assert (rollout.phase, rollout.canaries) == (Phase.CANARY, (arn(2), arn(1)))
    assert look(far, old(3), canary=Canary(1)).phase is Phase.CANARY
    assert look(*hosts, canary=Canary(1)).canaries == ()
    assert look(*hosts, canary=Canary(1)).phase is Phase.ROLLING


def test_a_mix_in_which_the_wanted_one_fails_is_unclear() -> None:
    assert look(new(1, last="PENDING", age=900), old(2)).phase is Phase.UNCLEAR
    died = host(1, crash(7), task(1))
    assert look(died, old(2)).phase is Phase.UNCLEAR
    assert look(host(1, crash(7)), old(2)).phase is Phase.STEADY
    before = crash(7, definition=OLD.definition)
    assert look(host(1, before, task(1)), old(2)).phase is Phase.ROLLING


def test_a_mix_of_several_others_is_unclear_and_none_of_them_known_to_be_good() -> None:
    rollout = look(old(1), new(2, definition=definition_arn(revision=7)))
    assert (rollout.phase, rollout.last_good) == (Phase.UNCLEAR, None)


def test_tasks_of_a_rollback_tell_what_they_are() -> None:
    rollout = look(new(1), old(2, rollback_of=NEW.tag))
    assert (rollout.target, rollout.last_good, rollout.rollback_of) == (OLD, OLD, NEW)
    assert (rollout.asked, rollout.phase, rollout.began) == (NEW, Phase.ROLLING, NOW)
    assert rollout.history == (
        HistoryEntry(1, NEW, NOW, "found running", Outcome.ROLLED_BACK),
        HistoryEntry(2, OLD, NOW, "rollback of 1"),
    )
    assert look(old(2, rollback_of="consul-agent:9")).rollback_of is None


def test_what_drains_or_is_nobodys_place_says_nothing() -> None:
    leaving = host(1, task(1, definition=OLD.definition), status="DRAINING")
    assert look(leaving, new(2)).last_good is None


def rendered(number: int, **changes: object) -> Task:
    command = f'["i-{number:017x}"]'
    text = f'{{"containerOverrides":[{{"command":{command},"name":"main"}}]}}'
    return task(number, host=number, **{"overrides": text, **changes})


def test_overrides_are_those_of_the_config_or_none_or_not_known() -> None:
    before = {"definition": OLD.definition}
    same = look(host(1, rendered(1, **before)), host(2, rendered(2, **before)), overrides=NODE)
    assert same.last_good == structs.replace(OLD, overrides=NODE)
    none = look(old(1), old(2), overrides=NODE)
    assert none.last_good == OLD
    other = look(old(1, overrides='{"cpu":"1"}'), overrides=NODE)
    assert (other.last_good, other.phase) == (None, Phase.ROLLING)
    mixed = look(old(1), host(2, rendered(2, **before)), overrides=NODE)
    assert mixed.last_good is None
    unlike = look(old(1), old(2, overrides='{"cpu":"1"}'), overrides=NODE)
    assert (unlike.last_good, unlike.phase) == (None, Phase.UNCLEAR)
    named = look(old(1, overrides='["web-cluster"]'), overrides='["{{cluster}}"]')
    assert named.last_good == structs.replace(OLD, overrides='["{{cluster}}"]')


def test_where_the_overrides_cannot_be_filled_in_they_are_not_known() -> None:
    lacking = '["{{privateIp}}"]'
    assert look(old(1, overrides='["1"]'), overrides=lacking).last_good is None
    assert look(old(1), overrides=lacking).last_good == OLD
