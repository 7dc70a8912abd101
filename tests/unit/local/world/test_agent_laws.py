"""What holds in every world with real agents too, whatever they say and whenever they are away."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from daemonctl.local.dice import Dice
from daemonctl.local.state.codec import frozen, thaw
from daemonctl.local.world import Switches, World
from daemonctl.local.world.capabilities import OFFERED
from daemonctl.local.world.task import WAITING
from tests.unit.local.world.test_world_laws import LAWS, SWITCHES, Storm

if TYPE_CHECKING:
    from daemonctl.local.world.instance import Instance

VERBS = (
    "join", "connect", "connect", "away", "acknowledge", "runs", "runs", "ends", "order", "order",
    "order", "join again", "start", "stop", "drain", "activate", "terminate", "disconnect",
    "reconnect", "deregister", "run", "service", "daemon service", "delete service", "add",
)  # fmt: skip
STEPS = st.lists(
    st.tuples(st.sampled_from(VERBS), st.integers(0, 999), st.floats(0.0, 40.0)), max_size=40
)


class RealStorm(Storm):
    """Some of its machines are real, one from the beginning."""

    def __init__(self, dice: int, switches: Switches) -> None:
        super().__init__(dice, switches)
        self._join(0)
        self._do("connect", 0)

    def _do(self, verb: str, number: int) -> None:
        agents = self.world.agents
        deeds: dict[str, Callable[[int], object]] = {
            "join": self._join,
            "join again": lambda at: self._join(int(self._agent(at).host.id[-1])),
            "order": lambda at: self.call(
                "StartTask",
                taskDefinition="registrator",
                containerInstances=[self._agent(at).arn],
            ),
            "connect": lambda at: agents.connected(self._agent(at).arn, self.now, sequence=at),
            "away": lambda at: agents.disconnected(self._agent(at).arn, self.now),
            "acknowledge": self._acknowledge,
            "runs": lambda at: self._report(at, "RUNNING"),
            "ends": lambda at: self._report(at, "STOPPED"),
        }
        if verb in deeds:
            deeds[verb](number)
        else:
            super()._do(verb, number)

    def _agent(self, number: int) -> Instance:
        """One of the real ones, also of those that are gone; before there is any, it joins."""
        found = [row for row in self.cluster.instances.values() if row.agent is not None]
        if not found:
            self._join(number)
            return self._agent(number)
        return found[number % len(found)]

    def _join(self, number: int) -> None:
        """A new machine, or one that comes again and has lost its ARN."""
        self.call(
            "RegisterContainerInstance",
            instanceIdentityDocument=json.dumps({"instanceId": f"i-real{number % 4}"}),
            totalResources=[{"name": n, "integerValue": v} for n, v in
                            (("CPU", 2048), ("MEMORY", 7680))],
            attributes=[{"name": name} for name, _ in OFFERED],
        )  # fmt: skip

    def _acknowledge(self, number: int) -> None:
        instance = self._agent(number)
        for order in self.world.agents.orders(instance)[: 1 + number % 3]:
            self.world.agents.acknowledged(instance.arn, str(order["messageId"]), self.now)

    def _report(self, number: int, status: str) -> None:
        tasks = [*self._agent(number).tasks]
        if tasks:
            task = tasks[number % len(tasks)]
            self.call("SubmitTaskStateChange", task=task, status=status)


def check_orders(storm: RealStorm) -> None:
    """No order is lost: what an agent does not know is in its outbox, in the order of numbers."""
    for instance in storm.cluster.instances.values():
        link = instance.agent
        if link is None or instance.status == "INACTIVE":
            continue
        numbers = [payload.sequence for payload in link.outbox]
        assert numbers == sorted(set(numbers))
        assert max(numbers, default=0) <= link.sequence
        told = {(payload.task_arn, payload.stops) for payload in link.outbox}
        for task in instance.tasks.values():
            if task.on_host == WAITING and task.desired_status == "RUNNING":
                assert (task.arn, False) in told
        for host_task in instance.host.running:
            raise AssertionError(f"{host_task} is simulated on a real machine")


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(STEPS, st.integers(0, 2**16), SWITCHES)
def test_the_books_balance_with_real_agents(
    steps: list[tuple[str, int, float]], dice: int, switches: Switches
) -> None:
    storm = RealStorm(dice, switches)
    for verb, number, seconds in steps:
        storm.do(verb, number, seconds)
        for law in LAWS:
            law(storm)
        check_orders(storm)
    storm.world.advance(storm.now + 400.0)
    for law in LAWS:
        law(storm)
    check_orders(storm)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(STEPS, st.integers(0, 2**16))
def test_what_is_written_down_of_real_agents_is_read_again(
    steps: list[tuple[str, int, float]], dice: int
) -> None:
    storm = RealStorm(dice, Switches(quota_scale=math.inf))
    for verb, number, seconds in steps:
        storm.do(verb, number, seconds)
    rows = list(frozen(storm.world))
    again = World(dice=Dice(1), switches=Switches(quota_scale=math.inf))
    thaw(again, rows)
    assert list(frozen(again)) == rows
    for instance in storm.world.agents.instances():
        other = again.agents.find(instance.arn)
        assert other is not None
        assert again.agents.orders(other) == storm.world.agents.orders(instance)
