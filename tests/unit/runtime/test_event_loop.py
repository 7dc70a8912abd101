"""The queue's loop: nothing is deleted before it is applied, and a backlog is not slow."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest

from daemonctl.ports import ApiError, Message
from daemonctl.runtime.crew import Crew
from daemonctl.runtime.event_loop import EventLoop
from daemonctl.runtime.events import Reader
from daemonctl.runtime.inbox import Inbox
from tests.simulation.loop import VirtualClock, VirtualLoop
from tests.unit.runtime.fakes import FakeCluster
from tests.unit.runtime.made import task
from tests.unit.runtime.rig import Told, on_virtual_time

CLUSTER = "arn:aws:ecs:eu-west-1:1:cluster/c"
EVENT = json.dumps(
    {"detail-type": "ECS Task State Change", "detail": {"clusterArn": CLUSTER, "taskArn": "t"}}
)


class Queue:
    """Hands out ten messages a second to each that asks."""

    def __init__(self, clock: VirtualClock) -> None:
        self.clock = clock
        self.messages: list[Message] = []
        self.deleted: list[Message] = []
        self.fails: list[Exception] = []
        self.refuses: list[ApiError] = []

    def send(self, *bodies: str) -> None:
        for body in bodies:
            self.messages.append(Message(f"r{len(self.messages)}", body))

    async def receive(self) -> tuple[Message, ...]:
        if self.fails:
            raise self.fails.pop(0)
        await self.clock.sleep(1)
        given, self.messages = tuple(self.messages[:10]), self.messages[10:]
        return given

    async def delete(self, messages: Sequence[Message]) -> None:
        if self.refuses:
            raise self.refuses.pop(0)
        self.deleted += messages


class Scene:
    def __init__(self, loop: VirtualLoop, *, applied: bool | None = True) -> None:
        self.clock = VirtualClock(loop)
        self.queue = Queue(self.clock)
        self.told = Told()
        self.inbox = Inbox()
        self.crew = Crew(lambda _name, error: pytest.fail(str(error)))
        cluster = FakeCluster()
        cluster.add(task("t"))
        self.loop = EventLoop(
            self.queue,
            Reader(cluster, CLUSTER),
            alias="c",
            inbox=self.inbox,
            clock=self.clock,
            crew=self.crew,
            sink=self.told,
        )
        self.crew.spawn(self.loop.run(), "events")
        if applied is not None:
            self.crew.spawn(self._apply(applied=applied), "writer")

    async def _apply(self, *, applied: bool) -> None:
        while True:
            await self.inbox.wait()
            for ticket in self.inbox.take()[1]:
                ticket.set_result(applied)

    async def end(self) -> None:
        await self.crew.cancel()


def test_an_event_is_deleted_once_it_is_applied() -> None:
    async def story(loop: VirtualLoop) -> None:
        scene = Scene(loop, applied=None)
        scene.queue.send(EVENT)
        await scene.clock.sleep(30)
        assert scene.queue.deleted == []
        facts, tickets = scene.inbox.take()
        assert len(facts) == 1
        tickets[0].set_result(True)
        await scene.clock.sleep(0.1)
        assert len(scene.queue.deleted) == 1
        await scene.end()

    on_virtual_time(story)


def test_what_could_not_be_applied_and_what_is_unknown_stays() -> None:
    async def story(loop: VirtualLoop) -> None:
        scene = Scene(loop, applied=False)
        foreign = EVENT.replace("cluster/c", "cluster/other")
        scene.queue.send(EVENT, foreign, "{", json.dumps({"detail-type": "new", "detail": {}}))
        await scene.clock.sleep(5)
        assert [message.body for message in scene.queue.deleted] == [foreign]
        assert scene.told.total("events_received_total") == 4
        left = [line for line in scene.told.lines if line[1] == "a message is left in the queue"]
        assert len(left) == 2
        await scene.end()

    on_virtual_time(story)


def test_a_backlog_is_received_by_many_and_they_leave_when_it_is_gone() -> None:
    async def story(loop: VirtualLoop) -> None:
        scene = Scene(loop)
        scene.queue.send(*[EVENT] * 500)
        await scene.clock.sleep(10)
        assert len(scene.queue.deleted) == 500
        assert scene.loop._helpers == 0
        await scene.end()

    on_virtual_time(story)


@pytest.mark.parametrize("error", [ApiError("AccessDenied", "no"), KeyError("bug")])
def test_a_queue_that_cannot_be_read_is_told_once_and_tried_again(error: Exception) -> None:
    async def story(loop: VirtualLoop) -> None:
        scene = Scene(loop)
        scene.queue.fails = [error] * 3
        scene.queue.send(EVENT)
        await scene.clock.sleep(2)
        assert "cannot be read" in scene.loop.trouble
        await scene.clock.sleep(10)
        assert scene.loop.trouble == ""
        assert len(scene.queue.deleted) == 1
        assert [line[1] for line in scene.told.lines] == [
            "the events queue cannot be read",
            "the events queue is read again",
        ]
        await scene.end()

    on_virtual_time(story)


def test_what_cannot_be_deleted_is_told_and_comes_again() -> None:
    async def story(loop: VirtualLoop) -> None:
        scene = Scene(loop)
        scene.queue.refuses = [ApiError("AccessDenied", "no")]
        scene.queue.send(EVENT)
        await scene.clock.sleep(2)
        assert scene.told.lines[0][1] == "events could not be deleted"
        await scene.end()

    on_virtual_time(story)
