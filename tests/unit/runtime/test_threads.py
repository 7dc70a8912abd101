from __future__ import annotations

import asyncio
import subprocess
import sys
import threading

import pytest

from daemonctl.runtime.threads import Closed, Threads


async def test_results_and_errors_come_back() -> None:
    threads = Threads(2, "t")
    assert await asyncio.gather(*(threads.run(lambda n=n: n * n) for n in range(20))) == [
        n * n for n in range(20)
    ]

    def fail() -> None:
        raise KeyError("x")

    with pytest.raises(KeyError):
        await threads.run(fail)
    threads.close()


async def test_no_more_threads_than_asked_for_and_loners_besides() -> None:
    threads, gate = Threads(2, "count-me"), threading.Event()
    busy = [asyncio.create_task(threads.run(gate.wait)) for _ in range(6)]
    loner = asyncio.create_task(threads.run(gate.wait, alone=True))
    await asyncio.sleep(0)
    assert sum(t.name == "count-me" for t in threading.enumerate()) == 3
    assert all(t.daemon for t in threading.enumerate() if t.name == "count-me")
    # a loner passes a full pool
    assert await threads.run(lambda: "through", alone=True) == "through"
    gate.set()
    assert await asyncio.gather(*busy, loner) == [True] * 7
    threads.close()


async def test_close_ends_every_wait_and_says_what_had_begun() -> None:
    threads, gate, begun = Threads(1, "closing"), threading.Event(), threading.Event()

    def work() -> None:
        begun.set()
        gate.wait()

    running = asyncio.create_task(threads.run(work))
    await asyncio.to_thread(begun.wait)
    ran: list[int] = []
    waiting = asyncio.create_task(threads.run(lambda: ran.append(1)))
    await asyncio.sleep(0)
    threads.close()
    results = await asyncio.gather(running, waiting, return_exceptions=True)
    assert [r.begun for r in results if isinstance(r, Closed)] == [True, False]
    gate.set()
    with pytest.raises(Closed):
        await threads.run(lambda: None)
    for thread in [t for t in threading.enumerate() if t.name == "closing"]:
        await asyncio.to_thread(thread.join)
    assert ran == []


async def test_what_nobody_waits_for_is_not_begun() -> None:
    threads, gate = Threads(1, "t"), threading.Event()
    first = asyncio.create_task(threads.run(gate.wait))
    ran: list[int] = []
    second = asyncio.create_task(threads.run(lambda: ran.append(1)))
    await asyncio.sleep(0)
    second.cancel()
    await asyncio.sleep(0)
    gate.set()
    await first
    assert await threads.run(lambda: "next") == "next"
    assert ran == []
    threads.close()


def test_a_call_that_hangs_does_not_hold_up_the_end_of_the_process() -> None:
    program = (
        "import asyncio, threading\n"
        "from daemonctl.runtime.threads import Threads\n"
        "async def main():\n"
        "    threads = Threads(2, 't')\n"
        "    for alone in (True, False):\n"
        "        task = asyncio.create_task(threads.run(threading.Event().wait, alone=alone))\n"
        "        await asyncio.sleep(0.05)\n"
        "        task.cancel()\n"
        "asyncio.run(main())\n"
        "print('ended')\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True
    )
    assert (ended.stdout, ended.stderr) == ("ended\n", "")
