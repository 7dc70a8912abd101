"""What may be written by the lease that there is, asked before each write."""

from __future__ import annotations

import asyncio

import pytest

from daemonctl.model.ids import DaemonName, Owner
from daemonctl.model.lease import Power, RepairOnly
from daemonctl.model.plan import Action, SetGate, StartTask, StopKind, StopTask
from daemonctl.runtime.executor import Executor
from daemonctl.runtime.facts import NOT_SENT, Fact, StartEnded
from daemonctl.runtime.mandate import UNBOUNDED, forbidden
from daemonctl.runtime.standing import _usable
from tests.simulation.loop import VirtualClock, VirtualLoop
from tests.unit.runtime.fakes import FakeCluster
from tests.unit.runtime.made import definition_arn, instance_arn, task_arn

AGENT = DaemonName("consul-agent")
START = StartTask(AGENT, Owner("test"), definition_arn(), (instance_arn("i1"),), "")
GATE = SetGate("ready", True, (instance_arn("i1"),), "")


def stop(kind: StopKind) -> StopTask:
    return StopTask(AGENT, instance_arn("i1"), task_arn("t1"), kind, "X", "why")


class Fixed:
    """A mandate as told."""

    repair: RepairOnly | None = None
    doubt = "the lease has run out"

    def __init__(self, power: Power) -> None:
        self.now = power

    def power(self) -> Power:
        return self.now


@pytest.mark.parametrize(
    ("action", "in_repair"),
    [
        (START, True),
        (stop(StopKind.REPAIR), True),
        (stop(StopKind.VOLUNTARY), False),
        (stop(StopKind.ROOM), False),
        (GATE, False),
    ],
)
def test_who_may_what(action: Action, *, in_repair: bool) -> None:
    assert forbidden(UNBOUNDED, action) == ""
    assert forbidden(Fixed(Power.FULL), action) == ""
    assert forbidden(Fixed(Power.NONE), action) == "the lease has run out"
    assert (forbidden(Fixed(Power.REPAIR), action) == "") is in_repair


def test_a_lease_that_ran_out_between_plan_and_write_sends_nothing() -> None:
    loop, facts = VirtualLoop(), list[Fact]()
    cluster, mandate = FakeCluster(), Fixed(Power.FULL)
    executor = Executor(cluster, VirtualClock(loop), facts.append, mandate)

    async def story() -> None:
        executor.submit([START])
        mandate.now = Power.NONE
        await asyncio.sleep(1)

    loop.run_until_complete(story())
    loop.close()
    (fact,) = facts
    assert isinstance(fact, StartEnded)
    assert fact.error is not None
    assert fact.error.code == NOT_SENT
    assert fact.error.words == "not sent: the lease has run out"
    assert cluster.calls == []


@pytest.mark.parametrize(
    ("address", "host", "usable"),
    [
        ("http://10.0.0.5:8080", "there", True),
        ("https://a.internal:443", "there", True),
        ("http://127.0.0.1:8080", "here", True),
        ("http://127.0.0.1:8080", "there", False),
        ("http://localhost:8080", "there", False),
        ("http://[::1]:8080", "there", False),
        ("", "here", False),
        ("http://10.0.0.5", "there", False),
        ("http://10.0.0.5:x", "there", False),
        ("ftp://10.0.0.5:21", "there", False),
        ("http://user:secret@10.0.0.5:8080", "there", False),
        ("http://10.0.0.5:8080/path", "there", False),
        ("http://10.0.0.5:8080?x", "there", False),
        ("http://10.0.0.5:8080#x", "there", False),
        ("http://a\r\nb:80", "there", False),
    ],
)
def test_an_address_of_the_lock_store_is_given_out_only_where_it_is_plain(
    address: str, host: str, *, usable: bool
) -> None:
    assert (_usable(address, host, "here") == address and address != "") is usable
