"""On a real engine that is killed, and with an agent that is ended: nothing is lost or doubled."""

from __future__ import annotations

import asyncio
import os
import signal

from daemonctl.local.agent.record import STOPPED
from daemonctl.local.agent.store import Store
from tests.real.agent.conftest import Site, of, runtime_id
from tests.real.parts.lab import Lab


async def running(site: Site) -> list[str]:
    return sorted((await site.cli("ps", "-q", "--no-trunc")).split())


async def test_containers_outlive_their_engine_and_are_found_again(site: Site) -> None:
    tasks = [site.task(), site.task()]
    lives, dies = [runtime_id(await site.runs(task)) for task in tasks]
    pid = int(await site.cli("inspect", "-f", "{{.State.Pid}}", dies))
    before = site.plane.socket
    assert before is not None
    await asyncio.to_thread(site.host.kill_engine)
    await site.cut_off()
    await asyncio.to_thread(site.host.run, "kill", "-9", str(pid))
    await asyncio.to_thread(site.host.start_engine)
    report = await site.ends(tasks[1])
    assert of(report)["exitCode"] == 137
    await site.plane.until(lambda: site.plane.socket is not before)
    assert await running(site) == [lives]
    assert site.plane.statuses(tasks[0]["arn"]) == ["RUNNING"]
    await site.cli("kill", lives)
    await site.ends(tasks[0])


async def test_an_agent_that_was_ended_tells_what_it_missed(site: Site) -> None:
    tasks = [site.task(), site.task()]
    lives, dies = [runtime_id(await site.runs(task)) for task in tasks]
    await site.stop()
    assert await running(site) == sorted([lives, dies])
    await site.cli("kill", dies)
    site.start()
    assert of(await site.ends(tasks[1]))["exitCode"] == 137
    first, second = site.plane.registrations
    assert second["containerInstanceArn"]
    assert first["instanceIdentityDocument"] == second["instanceIdentityDocument"]
    assert site.host.address in first["instanceIdentityDocument"], "found out by itself"
    assert await running(site) == [lives]


async def test_without_its_state_file_the_same_containers_go_on(site: Site) -> None:
    task = site.task()
    report = await site.runs(task)
    await site.written(report, 1)
    lives = runtime_id(report)
    await site.stop()
    site.settings.state.unlink()
    site.start()
    await site.plane.order(task)
    await site.plane.until(lambda: len(site.plane.statuses(task["arn"])) == 2)
    assert await running(site) == [lives]
    assert of(await site.stops(task))["exitCode"] == 0


async def test_an_engine_that_is_restarted_keeps_its_containers(site: Site) -> None:
    task = site.task()
    lives = runtime_id(await site.runs(task))
    pid = await asyncio.to_thread(site.host.engine_pid)
    os.kill(pid, signal.SIGTERM)
    await site.cut_off()
    await asyncio.to_thread(site.host.start_engine)
    await asyncio.to_thread(site.host.ready)
    await site.runs(site.task())
    assert lives in await running(site)
    record = next(
        row for row in Store(site.settings.state).load().tasks if row.raw["arn"] == task["arn"]
    )
    assert record.containers[0].status != STOPPED


async def test_containers_that_end_with_their_engine_are_told_as_ended(
    site: Site, lab: Lab
) -> None:
    """Without live-restore an engine that was killed ends what it finds when it is back."""
    await site.stop()
    host = await asyncio.to_thread(lab.add_host, live_restore=False)
    await asyncio.to_thread(host.ready)
    site.settings.state.unlink(missing_ok=True)
    site.start(docker_host=host.docker)
    task = site.task()
    await site.runs(task)
    await asyncio.to_thread(host.kill_engine)
    await site.cut_off()
    await asyncio.to_thread(host.start_engine)
    report = await site.ends(task)
    assert "exitCode" in of(report)
    await site.stop()
    await asyncio.to_thread(host.pull_the_plug)
