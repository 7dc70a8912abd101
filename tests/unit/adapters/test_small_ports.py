from __future__ import annotations

import asyncio
import threading

import pytest

from daemonctl.adapters.clock import SystemClock
from daemonctl.adapters.schedule import ApSchedule
from daemonctl.adapters.sqs import SqsSource
from daemonctl.ports import ApiError, Message
from tests.unit.adapters.conftest import Diary, Script


async def test_the_wall_clock_is_read_once() -> None:
    wall, ticks = iter([1000.0]), iter([5.0, 6.0, 8.5])
    clock = SystemClock(wall=lambda: next(wall), monotonic=lambda: next(ticks))
    assert [clock.now(), clock.now()] == [1001.0, 1003.5]
    await clock.sleep(-1)


async def test_nudges_come_in_the_loop_until_the_schedule_closes() -> None:
    schedule, nudged = ApSchedule(), asyncio.Event()
    seen: list[threading.Thread] = []

    def nudge() -> None:
        seen.append(threading.current_thread())
        nudged.set()

    schedule.every(0.01, "resync", nudge)
    await asyncio.wait_for(nudged.wait(), 10)
    (job,) = schedule._scheduler.get_jobs()
    schedule.close()
    schedule.close()
    assert seen[0] is threading.main_thread()
    many = len(seen)
    await job.func()  # one that was on its way
    assert len(seen) == many
    with pytest.raises(RuntimeError, match="closed"):
        schedule.every(1, "late", nudge)


async def test_late_nudges_still_come_and_come_as_one() -> None:
    schedule = ApSchedule()
    schedule.every(3600, "resync", lambda: None)
    schedule.every(1800, "resync", lambda: None)
    (job,) = schedule._scheduler.get_jobs()
    assert (job.misfire_grace_time, job.coalesce, job.max_instances) == (None, True, 1)
    assert job.trigger.interval.total_seconds() == 1800
    with pytest.raises(ValueError, match="resync"):
        schedule.every(0, "resync", lambda: None)
    schedule.close()


async def test_events_are_received_with_the_longest_poll(script: Script, diary: Diary) -> None:
    source = SqsSource(script, "https://sqs/q", diary)
    script.on(
        "ReceiveMessage",
        {"Messages": [{"ReceiptHandle": "a", "Body": "{}"}, {"ReceiptHandle": "b"}]},
        {},
    )
    assert await source.receive() == (Message("a", "{}"), Message("b", ""))
    assert await source.receive() == ()
    assert script.calls[0][1] == {
        "QueueUrl": "https://sqs/q",
        "MaxNumberOfMessages": 10,
        "WaitTimeSeconds": 20,
    }
    assert diary.counts[0] == (
        "aws_requests_total",
        {"operation": "ReceiveMessage", "outcome": "ok"},
    )


async def test_events_are_deleted_by_tens_and_failures_told(script: Script, diary: Diary) -> None:
    source = SqsSource(script, "https://sqs/q", diary)
    failed = {"Id": "0", "Code": "ReceiptHandleIsInvalid", "Message": "old", "SenderFault": True}
    script.on("DeleteMessageBatch", {"Failed": [failed]}, {})
    await source.delete([Message(str(n), "") for n in range(23)])
    batches = [params["Entries"] for params in script.named("DeleteMessageBatch")]
    assert [len(entries) for entries in batches] == [10, 10, 3]
    assert [e["ReceiptHandle"] for entries in batches for e in entries] == [
        str(n) for n in range(23)
    ]
    assert all(len({e["Id"] for e in entries}) == len(entries) for entries in batches)
    assert [entry[1] for entry in diary.logs] == ["event_not_deleted"]
    await source.delete([])
    assert len(script.calls) == 3
    script.replies["DeleteMessageBatch"] = [ApiError("Timeout", "x", ambiguous=True)]
    with pytest.raises(ApiError):
        await source.delete([Message("a", "")])
    assert diary.counts[-1][1]["outcome"] == "ambiguous"
