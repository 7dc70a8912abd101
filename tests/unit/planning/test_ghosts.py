from __future__ import annotations

import pytest
from msgspec import structs

from daemonctl.model.discovery import Node, Serf
from daemonctl.model.ghosts import Entry, Evidence, Ghost, GhostKind
from daemonctl.model.ids import Ec2InstanceId, short
from daemonctl.model.observed import Host
from daemonctl.model.spec import GhostsSpec, Share
from daemonctl.planning import ghosts
from tests.unit.planning.scenery import NOW, arn, crash, host, instance, task

CLUSTER = "web"
EC2 = Ec2InstanceId(f"i-{1:017x}")
META = {"ecs-cluster": CLUSTER, "ecs-container-instance": short(arn()), "ec2-instance-id": EC2}
NODE = Node("n1", "10.0.0.1", Serf.FAILED, META)
ENTRY = Entry(NODE, "id", 7)
SERVERS = frozenset({"server"})
DRAINING = instance(status="DRAINING")
LONG_AGO = NOW - 3600


def drained(*tasks: object, **changes: object) -> Host:
    on = host(1, *tasks, status="DRAINING")  # type: ignore[arg-type]  # tasks, as they come
    return structs.replace(on, **{"draining_since": NOW - 60, "listed_at": NOW - 50, **changes})


def judged(**changes: object) -> tuple[Ghost | None, str]:
    entry = changes.pop("entry", ENTRY)
    return ghosts.judge(Evidence(entry, EC2, **changes), SERVERS, CLUSTER, NOW)  # type: ignore[arg-type]  # a row's own


def with_meta(**meta: str) -> Node:
    named = {key.replace("_", "-"): value for key, value in meta.items()}
    return structs.replace(NODE, meta={**META, **named})


def without(name: str) -> Node:
    return structs.replace(NODE, meta={key: META[key] for key in META if key != name})


@pytest.mark.parametrize(
    "node",
    [
        structs.replace(NODE, meta={}),
        *(without(name) for name in META),
        with_meta(ecs_cluster="other"),
        with_meta(ecs_cluster=""),
        with_meta(ecs_container_instance=""),
        with_meta(ecs_container_instance="{{containerInstanceId}}"),
        with_meta(ec2_instance_id=""),
        with_meta(ec2_instance_id="{{ec2InstanceId}}"),
        with_meta(ec2_instance_id="mi-1"),
    ],
)
def test_a_node_that_does_not_say_whose_it_is_is_left_alone(node: Node) -> None:
    assert ghosts.identity_of(node, CLUSTER) is None
    assert ghosts.suspects([node], {}, CLUSTER) == ()
    entry = structs.replace(ENTRY, node=node)
    words = "it does not say that it is of this cluster"
    assert judged(entry=entry, machine="terminated") == (None, words)


def test_meta_may_name_cluster_and_instance_by_their_arns() -> None:
    node = with_meta(
        ecs_cluster=f"arn:aws:ecs:eu-west-1:1:cluster/{CLUSTER}", ecs_container_instance=arn()
    )
    assert ghosts.identity_of(node, CLUSTER) == ghosts.Identity(EC2, short(arn()))


@pytest.mark.parametrize(
    ("on", "asks"),
    [
        ([], True),
        ([host(1)], True),
        ([host(1, away=30)], True),
        ([drained()], False),
        ([drained(crash())], False),
        ([drained(task())], True),
        ([drained(listed_at=None)], True),
        ([drained(draining_since=None)], True),
        ([structs.replace(drained(), instance=instance())], True),
    ],
)
def test_ec2_is_asked_unless_the_host_is_drained(*, on: list[Host], asks: bool) -> None:
    wanted = (ghosts.Suspect(NODE, ghosts.Identity(EC2, short(arn())), asks),)
    assert ghosts.suspects([NODE], {EC2: on}, CLUSTER) == wanted


def test_an_agent_that_is_alive_is_not_suspected() -> None:
    alive = structs.replace(NODE, serf=Serf.ALIVE)
    none = structs.replace(NODE, serf=Serf.NONE)
    found = ghosts.suspects([alive, none], {}, CLUSTER)
    assert [one.node for one in found] == [none]


@pytest.mark.parametrize(
    ("evidence", "kind"),
    [
        ({"machine": "terminated"}, GhostKind.TERMINATED),
        ({"machine": "terminated", "instances": (instance(),)}, GhostKind.TERMINATED),
        ({"machine": "", "seen_at": LONG_AGO}, GhostKind.FORGOTTEN),
        (
            {"machine": "", "seen_at": LONG_AGO, "instances": (instance(connected=False),)},
            GhostKind.FORGOTTEN,
        ),
        ({"instances": (DRAINING,), "empty": True}, GhostKind.DRAINED),
        ({"left": True}, GhostKind.DRAINED),
    ],
)
def test_what_proves_that_a_host_is_gone(evidence: dict[str, object], kind: GhostKind) -> None:
    ghost, words = judged(**evidence)
    assert words == ""
    assert ghost is not None
    assert (ghost.node, ghost.ec2_id, ghost.kind) == ("n1", EC2, kind)
    assert ghost.words.startswith(f"{EC2}: ")
    if kind is GhostKind.FORGOTTEN:
        known = "EC2 knows nothing of it, and it was seen in this cluster"
        assert ghost.words == f"{EC2}: {known}"


@pytest.mark.parametrize(
    ("evidence", "words"),
    [
        ({"left": True}, "it was drained to its end, and has left the cluster"),
        (
            {"instances": (DRAINING,), "empty": True},
            "its container instance is drained, no task is left on it",
        ),
        ({"machine": "terminated"}, "EC2 says that it is terminated"),
    ],
)
def test_the_proof_is_told(evidence: dict[str, object], words: str) -> None:
    ghost, _ = judged(**evidence)
    assert ghost is not None
    assert ghost.words == f"{EC2}: {words}"


@pytest.mark.parametrize(
    ("evidence", "words"),
    [
        ({}, "EC2 was not asked about it"),
        ({"machine": "running"}, "EC2 says that it is running"),
        ({"machine": "stopped"}, "EC2 says that it is stopped"),
        ({"machine": "shutting-down"}, "EC2 says that it is shutting-down"),
        ({"machine": ""}, "EC2 knows nothing of it, and it was never seen in this cluster"),
        (
            {"machine": "", "seen_at": LONG_AGO + 1},
            "EC2 knows nothing of it, and it registered less than an hour ago",
        ),
        (
            {"machine": "", "seen_at": LONG_AGO, "instances": (instance(),)},
            "its container instance is connected to ECS",
        ),
        (
            {"left": True, "instances": (instance(),)},
            "its container instance is connected to ECS",
        ),
        (
            {"instances": (DRAINING,), "empty": False},
            "its container instance is connected to ECS",
        ),
        (
            {"instances": (instance(),), "empty": True},
            "its container instance is connected to ECS",
        ),
        (
            {"instances": (structs.replace(DRAINING, running_tasks=1),), "empty": True},
            "its container instance is connected to ECS",
        ),
        (
            {"instances": (structs.replace(DRAINING, pending_tasks=1),), "empty": True},
            "its container instance is connected to ECS",
        ),
        (
            {"instances": (structs.replace(DRAINING, arn=arn(2)),), "empty": True},
            "its container instance is connected to ECS",
        ),
        (
            {"instances": (DRAINING, instance(2)), "empty": True},
            "its container instance is connected to ECS",
        ),
    ],
)
def test_what_proves_nothing(evidence: dict[str, object], words: str) -> None:
    assert judged(**evidence) == (None, words)


def test_servers_and_living_agents_are_no_ghosts() -> None:
    server = structs.replace(ENTRY, server=True)
    named = structs.replace(ENTRY, node=structs.replace(NODE, name="server"))
    alive = structs.replace(ENTRY, node=structs.replace(NODE, serf=Serf.ALIVE))
    for entry, words in (
        (server, "it is a Consul server"),
        (named, "it is a Consul server"),
        (alive, "its agent is alive"),
    ):
        assert judged(entry=entry, machine="terminated") == (None, words)


def test_what_was_read_of_one_host_is_no_proof_for_another() -> None:
    moved = structs.replace(ENTRY, node=with_meta(ec2_instance_id="i-2"))
    assert judged(entry=moved, machine="terminated") == (None, "it is another host's by now")


@pytest.mark.parametrize(
    ("ago", "nodes", "spec", "left"),
    [
        ([], 100, GhostsSpec(per_minute=5), 5),
        ([1.0, 59.0, 60.0], 100, GhostsSpec(per_minute=5), 3),
        ([1.0] * 5, 100, GhostsSpec(per_minute=5), 0),
        ([1.0] * 9, 100, GhostsSpec(per_minute=5), 0),
        ([], 30, GhostsSpec(), 3),
        ([1.0], 29, GhostsSpec(), 2),  # of 30, before that one went
        ([], 3, GhostsSpec(), 1),
        ([1.0], 2, GhostsSpec(), 0),
        ([], 3, GhostsSpec(max_share=Share(2)), 2),
    ],
)
def test_so_many_may_go_in_any_minute(
    ago: list[float], nodes: int, spec: GhostsSpec, left: int
) -> None:
    assert ghosts.room([NOW - each for each in ago], nodes, spec, NOW) == left
