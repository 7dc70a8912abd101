"""Which rights a config takes: least first."""

from __future__ import annotations

from msgspec.structs import replace

from daemonctl.model.ids import ClusterAlias, Owner
from daemonctl.model.rights import (
    HOLD_SESSIONS,
    OPERATE,
    READ_NODES,
    READ_SERVICES,
    SEE_SERVICES,
    WRITE_NODES,
    Right,
)
from daemonctl.model.spec import ClusterSpec, ConsulSpec, Election, GhostsSpec
from daemonctl.runtime.chore_rights import needed
from tests.unit.planning.scenery import spec

KEYS = Right("key", "daemonctl/prod/", "write", "to keep the state of rollouts")
PLAIN = ClusterSpec(
    alias=ClusterAlias("web"),
    name="web",
    owner=Owner("prod"),
    region="eu-west-1",
    daemons=(spec(),),
    consul=ConsulSpec("http://consul:8500"),
)


def test_each_wish_adds_its_own() -> None:
    assert needed(PLAIN) == (KEYS,)
    assert needed(replace(PLAIN, election=Election())) == (KEYS, HOLD_SESSIONS)
    alive = replace(PLAIN, daemons=(spec(agent_alive=True),))
    assert needed(alive) == (KEYS, READ_NODES)
    registered = replace(PLAIN, daemons=(spec(services_registered=True),))
    assert needed(registered) == (KEYS, READ_NODES, SEE_SERVICES)


def test_ghosts_take_what_their_removal_takes() -> None:
    seen = (KEYS, READ_NODES, READ_SERVICES)
    told = replace(PLAIN, ghosts=GhostsSpec(remove=False))
    assert needed(told) == seen
    deregistered = replace(PLAIN, ghosts=GhostsSpec(force_leave=False))
    assert needed(deregistered) == (*seen, WRITE_NODES)
    assert needed(replace(PLAIN, ghosts=GhostsSpec())) == (*seen, WRITE_NODES, OPERATE)


def test_a_right_is_told_as_the_rule_to_add() -> None:
    assert OPERATE.rule == 'operator = "write"'
    assert KEYS.rule == 'key_prefix "daemonctl/prod/" { policy = "write" }'
    assert READ_NODES.rule == 'node_prefix "" { policy = "read" }'
