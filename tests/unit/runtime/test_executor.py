"""The executor: one call an action, a bounded number at once, every outcome a fact."""

from __future__ import annotations

import asyncio

import pytest

from daemonctl.model.plan import Action, StopKind, StopTask
from daemonctl.ports import ApiError, StartAnswer
from daemonctl.runtime.executor import Executor
from daemonctl.runtime.facts import CallError, Fact, StartEnded, StopEnded
from tests.simulation.loop import EPOCH, VirtualClock, VirtualLoop
from tests.unit.runtime.fakes import FakeCluster
from tests.unit.runtime.made import instance_arn, task, task_arn
from tests.unit.runtime.rig import on_virtual_time
from tests.unit.runtime.test_ledger import AGENT, start

STOP = StopTask(AGENT, instance_arn("a"), task_arn("t"), StopKind.REPAIR, "DUPLICATE", "words")


def made(loop: VirtualLoop) -> tuple[FakeCluster, Executor, list[Fact]]:
    cluster, facts = FakeCluster(), list[Fact]()
    return cluster, Executor(cluster, VirtualClock(loop), facts.append), facts


def starts(count: int) -> list[Action]:
    return [start(instance_arn(str(number))) for number in range(count)]


def test_answers_and_errors_come_back_as_facts() -> None:
    async def story(loop: VirtualLoop) -> None:
        cluster, executor, facts = made(loop)
        answer = StartAnswer((task(),))
        cluster.answers = [answer]
        cluster.stops = [task()]
        actions = [start(instance_arn("a")), STOP]
        executor.submit(actions)
        await executor.drain()
        assert facts == [
            StartEnded(actions[0], EPOCH, answer),
            StopEnded(STOP, EPOCH, task()),
        ]
        facts.clear()
        cluster.fails["start_task"] = [ApiError("Timeout", "late", ambiguous=True)]
        cluster.fails["stop_task"] = [ApiError("AccessDeniedException", "no")]
        executor.submit(actions)
        await executor.drain()
        assert facts == [
            StartEnded(actions[0], EPOCH, error=CallError("Timeout", "late", ambiguous=True)),
            StopEnded(STOP, EPOCH, error=CallError("AccessDeniedException", "no")),
        ]

    on_virtual_time(story)


def test_a_bug_in_a_call_is_an_ambiguous_outcome() -> None:
    async def story(loop: VirtualLoop) -> None:
        cluster, executor, facts = made(loop)
        cluster.fails["stop_task"] = [KeyError("bug")]  # type: ignore[list-item]  # a bug
        executor.submit([STOP])
        await executor.drain()
        [fact] = facts
        assert isinstance(fact, StopEnded)
        assert fact.error == CallError("InternalError", "KeyError: 'bug'", ambiguous=True)

    on_virtual_time(story)


def test_a_bounded_number_runs_at_once_and_the_rest_counts_as_unsent() -> None:
    async def story(loop: VirtualLoop) -> None:
        cluster, executor, facts = made(loop)
        cluster.gate = asyncio.Event()
        executor.submit(starts(40))
        assert executor.unsent == 40
        await asyncio.sleep(0)
        assert len(cluster.made("start_task")) == 32
        assert executor.unsent == 8
        cluster.gate.set()
        await asyncio.sleep(1)
        assert len(facts) == 40
        assert executor.unsent == 0

    on_virtual_time(story)


def test_the_end_waits_five_seconds_and_names_what_has_no_answer() -> None:
    async def story(loop: VirtualLoop) -> None:
        cluster, executor, facts = made(loop)
        cluster.gate = asyncio.Event()
        actions = starts(34)
        executor.submit(actions)
        await asyncio.sleep(0)
        unsent, unanswered = await executor.drain()
        assert loop.time() == pytest.approx(5)
        assert unsent == tuple(actions[32:])
        assert unanswered == tuple(actions[:32])
        assert facts == []
        assert len(cluster.made("start_task")) == 32

    on_virtual_time(story)
