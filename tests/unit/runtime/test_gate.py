"""The gate on the local ECS: services land only where every required daemon is ready."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from daemonctl.local.world import Behaviour
from daemonctl.local.world.ready_made import CLUSTER
from daemonctl.model.ids import GATE, ContainerInstanceArn
from daemonctl.model.memory import Failure
from daemonctl.model.plan import SetGate
from daemonctl.model.reason import Notice
from daemonctl.model.spec import GateSpec, Share
from daemonctl.runtime.facts import CallError, PutEnded
from daemonctl.runtime.ledger import Ledger
from daemonctl.runtime.marks import DESCRIBED_AFTER
from tests.simulation.loop import VirtualLoop
from tests.unit.runtime.made import NOW, instance, instance_arn, seen, view
from tests.unit.runtime.rig import Rig, on_virtual_time
from tests.unit.runtime.test_reconcile import DESIRED

NAME = "daemonctl.ready"
GATED = GateSpec(max_closed=Share(50, percent=True))
CONSTRAINT = {"type": "memberOf", "expression": f"attribute:{NAME} == true"}


def call(rig: Rig, operation: str, **params: Any) -> dict[str, Any]:
    answer = rig.world.call("ecs", operation, {"cluster": CLUSTER} | params, rig.clock.now())
    rig.world.advance(rig.clock.now())
    return answer


def values(rig: Rig) -> list[str | None]:
    instances = rig.world.clusters[CLUSTER].instances.values()
    return [one.attributes.get(NAME) for one in instances if one.status != "INACTIVE"]


def puts(rig: Rig) -> list[tuple[bool, int]]:
    gates = [(one, became) for one, became, _ in rig.sink.actions if isinstance(one, SetGate)]
    return [(one.opened, len(one.instances)) for one, became in gates if became == "ok"]


class Watch:
    """At every look: no task of the service is new on an instance that is not ready."""

    def __init__(self, rig: Rig) -> None:
        self._rig = rig
        self._seen: dict[str, None] = {}

    def __call__(self, holds: Callable[[], bool]) -> Callable[[], bool]:
        def looked() -> bool:
            self._look()
            return holds()

        return looked

    def _look(self) -> None:
        tasks = self._rig.world.clusters[CLUSTER].tasks.values()
        for task in tasks:
            if task.definition.family != "kibana" or task.arn in self._seen:
                continue
            self._seen[task.arn] = None
            on = task.instance.arn
            beside = [t for t in tasks if t.instance.arn == on and t.last_status == "RUNNING"]
            ready = [one.definition.family for one in beside]
            assert {"consul-agent", "registrator"} <= {*ready}, f"{task.arn} on {on}"


def test_a_gated_service_never_lands_where_a_daemon_is_not_ready() -> None:
    async def story(loop: VirtualLoop) -> None:
        rig = Rig(loop)
        watch = Watch(rig)
        call(
            rig,
            "CreateService",
            serviceName="kibana",
            taskDefinition="kibana",
            desiredCount=12,
            placementConstraints=[CONSTRAINT],
        )
        service = rig.start(rig.spec(gate=GATED))
        await rig.until(watch(lambda: rig.running("kibana") == 12), within=60)
        assert sum(number for _, number in puts(rig)) == 5
        assert len(puts(rig)) < 5
        assert service.observed is not None
        slow = Behaviour(start_seconds=(20.0, 25.0))
        rig.world.behave("registrator", slow)
        rig.world.add_instances(CLUSTER, 3, rig.clock.now())
        call(rig, "UpdateService", service="kibana", desiredCount=20)
        await rig.until(watch(lambda: values(rig) == ["true"] * 8), within=90)
        await rig.until(watch(lambda: rig.running("kibana") == 20), within=90)
        before = len(rig.sink.actions)
        await rig.settle(120)
        assert len(rig.sink.actions) == before  # converged: nothing is written
        assert rig.sink.violations == []
        await service.stop()

    on_virtual_time(story)


def test_it_closes_where_a_daemon_stays_away_and_opens_once_it_is_back() -> None:
    async def story(loop: VirtualLoop) -> None:
        rig = Rig(loop)
        service = rig.start(rig.spec(gate=GATED))
        await rig.until(lambda: values(rig) == ["true"] * 5)
        victim = next(iter(rig.live("registrator")))
        host = victim.instance.arn
        rig.world.behave("registrator", Behaviour(exit_after=0.5, exit_code=1), instance=host)
        rig.world.kill_task(victim.arn, rig.clock.now())
        took = await rig.until(lambda: values(rig).count("false") == 1, within=120)
        assert took >= 30
        rig.world.behave("registrator", Behaviour(), instance=host)
        await rig.until(lambda: values(rig) == ["true"] * 5, within=300)
        assert rig.sink.violations == []
        await service.stop()

    on_virtual_time(story)


def test_an_instance_that_boots_again_is_closed_at_once() -> None:
    async def story(loop: VirtualLoop) -> None:
        rig = Rig(loop)
        service = rig.start(rig.spec(gate=GATED))
        await rig.until(lambda: values(rig) == ["true"] * 5)
        await rig.settle(10)
        arn = rig.instances[0]
        rig.world.behave("consul-agent", Behaviour(start_seconds=(40.0, 40.0)), instance=arn)
        rig.world.reboot(arn, rig.clock.now())
        known = rig.world.clusters[CLUSTER].instances[arn]
        await rig.until(lambda: not known.connected, within=130)
        await rig.until(lambda: known.connected, within=130)
        took = await rig.until(lambda: known.attributes[NAME] == "false", within=30)
        assert took < 3
        await rig.until(lambda: known.attributes[NAME] == "true", within=120)
        await service.stop()

    on_virtual_time(story)


def test_an_instance_with_ten_attributes_is_told_and_the_others_open() -> None:
    async def story(loop: VirtualLoop) -> None:
        rig = Rig(loop)
        full = rig.instances[2]
        rows = [{"name": f"a{n}", "targetId": full} for n in range(10)]
        call(rig, "PutAttributes", attributes=rows)
        service = rig.start(rig.spec(gate=GATED))
        await rig.until(lambda: values(rig).count("true") == 4)
        await rig.settle(5)
        told = [one for one in service.conditions if one.notice is Notice.GATE_REFUSED]
        assert "it has ten custom attributes" in told[0].words
        call(rig, "DeleteAttributes", attributes=rows[:1])
        await rig.until(lambda: values(rig).count("true") == 5, within=130)
        await rig.settle(5)
        assert service.conditions == ()
        await service.stop()

    on_virtual_time(story)


def test_a_gated_daemon_service_is_named() -> None:
    async def story(loop: VirtualLoop) -> None:
        rig = Rig(loop)
        for name, more in (("logs", {"placementConstraints": [CONSTRAINT]}), ("stats", {})):
            call(
                rig,
                "CreateService",
                serviceName=name,
                taskDefinition="kibana",
                schedulingStrategy="DAEMON",
                **more,
            )
        service = rig.start(rig.spec(gate=GATED))
        await rig.until(lambda: values(rig) == ["true"] * 5)
        (told,) = service.conditions
        assert told.notice is Notice.GATE_ON_DAEMON
        assert "service logs asks" in told.words
        await service.stop()

    on_virtual_time(story)


ACTION = SetGate(NAME, True, (instance_arn("a"), instance_arn("b")), "ready")


def test_an_answer_marks_the_view_and_asks_for_a_describe() -> None:
    target = view()
    target.apply(seen(instance("a")))
    assert target.apply(PutEnded(ACTION, NOW)) == (instance_arn("a"),)
    host = target.hosts[instance_arn("a")]
    assert host.instance.attributes.values == {NAME: "true"}
    assert target.instance_doubts.next == NOW + DESCRIBED_AFTER
    other = view()
    other.apply(seen(instance("a")))
    assert other.apply(PutEnded(ACTION, NOW, CallError("X", "no"))) == ()
    assert other.hosts[instance_arn("a")].instance.attributes.values == {}


def gate_of(ledger: Ledger, name: str) -> Any:
    return ledger.memory.slots.get((ContainerInstanceArn(instance_arn(name)), GATE))


def test_a_refused_call_is_split_and_a_throttled_one_only_waits() -> None:
    ledger = Ledger()
    refusal = CallError("AttributeLimitExceededException", "at most 10")
    assert ledger.outcome(PutEnded(ACTION, NOW, refusal), DESIRED, NOW) == ACTION.instances
    assert gate_of(ledger, "a").gate.alone
    one = SetGate(NAME, True, (instance_arn("a"),), "ready")
    ledger.outcome(PutEnded(one, NOW, refusal), DESIRED, NOW)
    failure = gate_of(ledger, "a").failure
    assert isinstance(failure, Failure)
    for code, ambiguous in (("ThrottlingException", False), ("Unreachable", True)):
        other = Ledger()
        error = CallError(code, "later", ambiguous=ambiguous)
        other.outcome(PutEnded(one, NOW, error), DESIRED, NOW)
        assert (gate_of(other, "a").hold.until, gate_of(other, "a").failure) == (NOW + 5, None)
    ledger.outcome(PutEnded(one, NOW), DESIRED, NOW)
    assert gate_of(ledger, "a") is None
