"""Which Consul nodes may be removed: each rule broken once."""

from __future__ import annotations

import pytest
from msgspec import structs

from daemonctl.check.ghosts import changed_faults, ghost_faults, pace_faults
from daemonctl.model.discovery import Node, Serf
from daemonctl.model.ghosts import Entry, Evidence, Ghost, GhostKind
from daemonctl.model.ids import Ec2InstanceId
from daemonctl.model.spec import GhostsSpec, Share
from tests.unit.check.given import NOW, instance

META = {"ecs-cluster": "web", "ecs-container-instance": "h1", "ec2-instance-id": "i-1"}
NODE = Node("n1", "10.0.0.1", Serf.FAILED, META)
ENTRY = Entry(NODE, "id", 7)
ONE = Ec2InstanceId("i-1")
GONE = Evidence(ENTRY, ONE, machine="terminated")
GHOST = Ghost("n1", ONE, GhostKind.TERMINATED, "i-1: terminated")
LONG_AGO = NOW - 3600
DRAINING = instance(1, status="DRAINING")


def found(evidence: Evidence, ghost: Ghost = GHOST, servers: str = "server") -> list[str]:
    return ghost_faults(ghost, evidence, frozenset({servers}), "web", NOW)


def of(node: Node, **changes: object) -> Evidence:
    entry = structs.replace(ENTRY, node=node, **changes)
    return structs.replace(GONE, entry=entry)


def test_a_terminated_host_of_this_cluster_may_go() -> None:
    assert found(GONE) == []


@pytest.mark.parametrize(
    ("evidence", "fault"),
    [
        (of(structs.replace(NODE, name="n2")), "what was read is of another node"),
        (
            of(structs.replace(NODE, meta={**META, "ec2-instance-id": "i-2"})),
            "what was read is of another node",
        ),
        (of(structs.replace(NODE, meta={**META, "ecs-cluster": "x"})), "of this cluster"),
        (of(structs.replace(NODE, meta={**META, "ecs-container-instance": ""})), "of this cluster"),
        (of(NODE, server=True), "it is a Consul server"),
        (of(structs.replace(NODE, serf=Serf.ALIVE)), "its agent is alive"),
    ],
)
def test_what_it_must_be(evidence: Evidence, fault: str) -> None:
    (told,) = found(evidence)
    assert told.startswith("n1: ")
    assert fault in told


def test_what_was_read_of_one_host_is_no_proof_for_another() -> None:
    other = structs.replace(GONE, ec2_id=Ec2InstanceId("i-2"))
    assert found(other) == ["n1: what was read is of another host"]


def test_a_server_is_known_by_the_list_of_servers_as_well() -> None:
    assert found(GONE, servers="n1") == ["n1: it is a Consul server"]


def test_what_is_no_ec2_instance_stays() -> None:
    node = structs.replace(NODE, meta={**META, "ec2-instance-id": "mi-1"})
    outside = Ec2InstanceId("mi-1")
    ghost = structs.replace(GHOST, ec2_id=outside)
    assert found(structs.replace(of(node), ec2_id=outside), ghost) == [
        "n1: mi-1 is no EC2 instance"
    ]


@pytest.mark.parametrize(
    ("kind", "evidence", "proven"),
    [
        (GhostKind.TERMINATED, {"machine": "running"}, False),
        (GhostKind.TERMINATED, {"machine": ""}, False),
        (GhostKind.TERMINATED, {"machine": None}, False),
        (GhostKind.FORGOTTEN, {"machine": "", "seen_at": LONG_AGO}, True),
        (GhostKind.FORGOTTEN, {"machine": None, "seen_at": LONG_AGO}, False),
        (GhostKind.FORGOTTEN, {"machine": "running", "seen_at": LONG_AGO}, False),
        (GhostKind.FORGOTTEN, {"machine": "", "seen_at": LONG_AGO + 1}, False),
        (GhostKind.FORGOTTEN, {"machine": "", "seen_at": None}, False),
        (
            GhostKind.FORGOTTEN,
            {"machine": "", "seen_at": LONG_AGO, "instances": (instance(1),)},
            False,
        ),
        (
            GhostKind.FORGOTTEN,
            {"machine": "", "seen_at": LONG_AGO, "instances": (instance(1, connected=False),)},
            True,
        ),
        (GhostKind.DRAINED, {"left": True}, True),
        (GhostKind.DRAINED, {}, False),
        (GhostKind.DRAINED, {"instances": (DRAINING,), "empty": True}, True),
        (GhostKind.DRAINED, {"instances": (DRAINING,), "left": True}, False),
        (GhostKind.DRAINED, {"instances": (instance(1),), "empty": True}, False),
        (GhostKind.DRAINED, {"instances": (DRAINING, instance(2)), "empty": True}, False),
        (
            GhostKind.DRAINED,
            {"instances": (instance(2, status="DRAINING"),), "empty": True},
            False,
        ),
        (
            GhostKind.DRAINED,
            {"instances": (structs.replace(DRAINING, running_tasks=1),), "empty": True},
            False,
        ),
        (
            GhostKind.DRAINED,
            {"instances": (structs.replace(DRAINING, pending_tasks=1),), "empty": True},
            False,
        ),
    ],
)
def test_what_has_to_be_proven(
    *, kind: GhostKind, evidence: dict[str, object], proven: bool
) -> None:
    ghost = structs.replace(GHOST, kind=kind)
    faults = found(Evidence(ENTRY, ONE, **evidence), ghost)  # type: ignore[arg-type]  # a row's own
    assert faults == ([] if proven else [f"n1: that it is {kind.value} is not proven"])


@pytest.mark.parametrize(
    ("after", "fault"),
    [
        (ENTRY, ""),
        (None, "gone already"),
        (structs.replace(ENTRY, node=structs.replace(NODE, serf=Serf.ALIVE)), "alive again"),
        (structs.replace(ENTRY, node=structs.replace(NODE, serf=Serf.NONE)), ""),
        (structs.replace(ENTRY, index=8), "another node"),
        (structs.replace(ENTRY, id="other"), "another node"),
        (structs.replace(ENTRY, server=True), "another node"),
        (structs.replace(ENTRY, node=structs.replace(NODE, address="::1")), "address or meta"),
        (structs.replace(ENTRY, node=structs.replace(NODE, meta={})), "address or meta"),
    ],
)
def test_it_must_still_be_what_was_judged(after: Entry | None, fault: str) -> None:
    faults = changed_faults(ENTRY, after)
    assert faults == [] if not fault else fault in faults[0]


@pytest.mark.parametrize(
    ("ago", "nodes", "spec", "fault"),
    [
        ([59.0], 100, GhostsSpec(per_minute=1), "perMinute is 1"),
        ([60.0], 100, GhostsSpec(per_minute=1), ""),
        ([1.0], 9, GhostsSpec(), "maxShare is 10%"),
        ([1.0], 19, GhostsSpec(), ""),
        ([1.0], 18, GhostsSpec(), "maxShare is 10%"),
        ([1.0], 5, GhostsSpec(max_share=Share(2)), ""),
    ],
)
def test_the_pace(ago: list[float], nodes: int, spec: GhostsSpec, fault: str) -> None:
    faults = pace_faults([NOW - each for each in ago], nodes, spec, NOW)
    assert faults == [] if not fault else fault in faults[0]
