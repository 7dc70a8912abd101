"""Nodes of hosts that are gone leave a real Consul with ACLs, by a real controller."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.real.ghosts.yard import FORCE, GHOSTS, READS, Yard
from tests.scenarios.processes import eventually


@pytest.fixture(scope="module")
def yard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Yard]:
    """With every right; each test takes hosts of its own from it."""
    with Yard(tmp_path_factory.mktemp("yard"), 5, (READS, GHOSTS, FORCE)) as yard:
        yield yard


def test_the_failed_member_of_a_lost_host_is_pruned(yard: Yard) -> None:
    lost = yard.ec2[0]
    yard.terminate(lost)
    yard.gone(lost)
    eventually(lambda: lost not in yard.members(), yard.members)
    words = f"force-leave ok: Consul node {lost}: {lost}: EC2 says that it is terminated"
    eventually(lambda: words in yard.removed(), yard.removed)
    counted = yard.controller.counted("consul_ghosts_removed_total", 'kind="terminated"')
    assert counted >= 1


def test_the_node_of_a_drained_host_goes_while_the_host_still_runs(yard: Yard) -> None:
    drained = yard.ec2[1]
    yard.drain(drained)
    arn = yard.arns[drained]

    def empty() -> bool:
        (row,) = yard.ecs.boto.describe_container_instances(
            cluster="local", containerInstances=[arn]
        )["containerInstances"]
        return bool(row["runningTasksCount"] + row["pendingTasksCount"] == 0)

    eventually(empty, yard.controller.said)
    assert yard.alive(drained)  # nobody removes an agent that lives
    yard.agents[drained].kill()
    yard.gone(drained)
    words = f"{drained}: its container instance is drained, no task is left on it"
    eventually(lambda: any(words in row for row in yard.removed()), yard.removed)
    assert drained not in yard.members()


def test_a_new_host_with_the_name_and_address_of_a_lost_one_keeps_them(yard: Yard) -> None:
    old, new, watched = yard.ec2[2:5]
    name = "i-web"
    first = yard.join(name, old)
    eventually(lambda: yard.alive(name), yard.members)
    first.kill()
    eventually(lambda: not yard.alive(name), yard.members)
    # Another agent at the same address, before anybody is told that the old host died. (At another
    # address the gossip refuses a dead one's name for half a minute.)
    second = yard.join(name, new, address_of=first)
    eventually(lambda: yard.alive(name) and yard.node(name)["Meta"]["ec2-instance-id"] == new)
    yard.terminate(old)
    yard.gone(old)
    yard.terminate(watched)  # so that the controller has looked once more
    yard.gone(watched)
    assert yard.alive(name)
    assert yard.members()[name] == 1
    second.kill()


def test_without_operator_write_the_catalog_is_clean_and_the_right_is_named(
    tmp_path: Path,
) -> None:
    with Yard(tmp_path, 2, (READS, GHOSTS)) as yard:
        lost = yard.ec2[0]
        yard.terminate(lost)
        yard.gone(lost)
        assert yard.members()[lost] == 4  # failed: Consul reaps it after three days
        eventually(lambda: "CONSUL_RIGHTS" in str(yard.status()["conditions"]), yard.status)
        assert 'operator = \\"write\\"' in yard.controller.get("/v1/status")
        assert yard.alive(yard.ec2[1])
