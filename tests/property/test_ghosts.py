"""For any evidence: what planning takes for a ghost, the check lets go, and none that lives."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from daemonctl.check.ghosts import ghost_faults, pace_faults
from daemonctl.model.discovery import Node, Serf
from daemonctl.model.ghosts import Entry, Evidence, Ghost, GhostKind
from daemonctl.model.ids import Ec2InstanceId
from daemonctl.model.spec import GhostsSpec, Share
from daemonctl.planning import ghosts
from tests.unit.check.given import NOW, instance

NAMES = st.sampled_from(["n1", "n2", "server"])
EC2 = st.sampled_from(["i-1", "i-2", "mi-1", "", "{{ec2InstanceId}}"])
METAS = st.fixed_dictionaries(
    {},
    optional={
        "ecs-cluster": st.sampled_from(["web", "other", "arn:aws:ecs:r:1:cluster/web"]),
        "ecs-container-instance": st.sampled_from(["h1", "h2", "", "{{containerInstanceId}}"]),
        "ec2-instance-id": EC2,
    },
)
OURS = st.just({"ecs-cluster": "web", "ecs-container-instance": "h1", "ec2-instance-id": "i-1"})
ENTRIES = st.builds(
    Entry,
    st.builds(
        Node, NAMES, st.just("10.0.0.1"), st.sampled_from(Serf), st.one_of(OURS, OURS, METAS)
    ),
    st.just(""),
    st.integers(1, 3),
    st.sampled_from([False, False, True]),
)
INSTANCES = st.builds(
    instance,
    st.integers(1, 2),
    status=st.sampled_from(["ACTIVE", "DRAINING", "DRAINING", "DEREGISTERING"]),
    connected=st.booleans(),
    running_tasks=st.sampled_from([0, 0, 1]),
    pending_tasks=st.sampled_from([0, 0, 1]),
)
EVIDENCE = st.builds(
    Evidence,
    ENTRIES,
    st.sampled_from(["i-1", "i-1", "i-1", "i-2"]),
    st.lists(INSTANCES, max_size=2).map(tuple),
    st.booleans(),
    st.booleans(),
    st.sampled_from([None, "", "terminated", "running", "shutting-down"]),
    st.sampled_from([None, NOW - 3600, NOW - 3599, NOW - 90_000]),
)
SERVERS = frozenset({"server"})


@given(EVIDENCE)
def test_every_ghost_of_planning_passes_the_check(evidence: Evidence) -> None:
    ghost, words = ghosts.judge(evidence, SERVERS, "web", NOW)
    assert (ghost is None) == bool(words)
    if ghost is not None:
        assert ghost_faults(ghost, evidence, SERVERS, "web", NOW) == []


@given(EVIDENCE, st.sampled_from(GhostKind), EC2)
def test_what_the_check_lets_go_is_a_ghost_for_planning(
    evidence: Evidence, kind: GhostKind, ec2: str
) -> None:
    claimed = Ghost(evidence.entry.node.name, Ec2InstanceId(ec2), kind, "")
    if not ghost_faults(claimed, evidence, SERVERS, "web", NOW):
        ghost, words = ghosts.judge(evidence, SERVERS, "web", NOW)
        # A template that nobody filled in is for planning to see; and a connected host is proof
        # against what EC2 has forgotten only.
        unfilled = "{" in evidence.entry.node.meta["ecs-container-instance"]
        assert unfilled or ghost is not None, words


@given(EVIDENCE)
def test_nothing_that_may_live_is_a_ghost(evidence: Evidence) -> None:
    ghost, _ = ghosts.judge(evidence, SERVERS, "web", NOW)
    node = evidence.entry.node
    if ghost is None:
        return
    assert node.serf is not Serf.ALIVE
    assert not evidence.entry.server
    assert {"ecs-cluster", "ecs-container-instance", "ec2-instance-id"} <= set(node.meta)
    if evidence.machine != "terminated":
        busy = [i for i in evidence.instances if i.running_tasks or i.status == "ACTIVE"]
        assert not [one for one in busy if one.connected]


@given(
    st.lists(st.floats(0, 200), max_size=12),
    st.integers(0, 60),
    st.builds(
        GhostsSpec,
        per_minute=st.integers(1, 6),
        max_share=st.builds(Share, st.integers(1, 50), st.booleans()),
    ),
)
def test_planning_and_check_have_one_pace(ago: list[float], nodes: int, spec: GhostsSpec) -> None:
    at = [NOW - each for each in ago]
    left = ghosts.room(at, nodes, spec, NOW)
    gone = min(left, nodes)
    for number in range(gone):
        assert pace_faults([*at, *[NOW] * number], nodes - number, spec, NOW) == []
    if gone == left:
        assert pace_faults([*at, *[NOW] * gone], nodes - gone, spec, NOW) != []
