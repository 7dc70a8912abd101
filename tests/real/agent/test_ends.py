"""On a real engine: how tasks end, and what is said of it."""

from __future__ import annotations

from tests.real.agent.conftest import FOREVER, Site, of, runtime_id
from tests.unit.local.agent.given import container, host_config, port


async def test_a_container_that_is_killed(site: Site) -> None:
    task = site.task()
    await site.cli("kill", runtime_id(await site.runs(task)))
    report = await site.ends(task)
    assert (of(report)["exitCode"], report["reason"]) == (
        137, "Essential container in task exited",
    )  # fmt: skip


async def test_sigterm_lets_a_container_end_by_itself(site: Site) -> None:
    task = site.task()
    await site.written(await site.runs(task), 1)
    report = await site.stops(task)
    assert of(report)["exitCode"] == 0
    assert "reason" not in report


async def test_sigkill_comes_after_the_stop_timeout(site: Site) -> None:
    deaf = (
        "signal.signal(signal.SIGTERM, lambda *_: print('asked'))\n"
        "print('up')\nwhile True: signal.pause()"
    )
    task = site.task(site.python(deaf, stopTimeout=2))
    await site.written(await site.runs(task), 1)
    report = await site.stops(task)
    assert of(report)["exitCode"] == 137
    assert await site.written(report, 2) == ["up", "asked"]


async def test_an_essential_container_takes_the_others_with_it(site: Site) -> None:
    die = "signal.signal(signal.SIGUSR1, lambda *_: exit(3))\n" + FOREVER
    task = site.task(site.python(die, "first"), site.python(name="second"))
    report = await site.runs(task)
    for name in ("first", "second"):
        await site.written(report, 1, name)
    await site.cli("kill", "-s", "USR1", runtime_id(report, "first"))
    report = await site.ends(task)
    assert [of(report, name)["exitCode"] for name in ("first", "second")] == [3, 0]


async def test_one_killed_for_its_memory(site: Site) -> None:
    config = host_config(MemorySwap=32 << 20)
    eat = "x = []\nwhile True: x.append(bytes(1 << 20))"
    task = site.task(site.python(eat, memory=32, dockerConfig=config))
    await site.plane.order(task)
    report = await site.ends(task)
    assert of(report)["exitCode"] == 137
    assert of(report)["reason"] == "OutOfMemoryError: Container killed due to memory usage"


async def test_an_image_that_is_not_in_the_registry(site: Site) -> None:
    gone = site.image.replace("python", "gone")
    task = site.task(container(image=gone))
    await site.plane.order(task)
    report = await site.ends(task)
    assert report["reason"].startswith("CannotPullContainerError: Error response from daemon: ")
    assert "gone" in report["reason"]


async def test_a_program_that_is_not_in_the_image(site: Site) -> None:
    task = site.task(container(image=site.image, command=["/no/such"]))
    await site.plane.order(task)
    report = await site.ends(task)
    assert report["reason"].startswith("CannotStartContainerError: Error response from daemon: ")
    assert "/no/such" in report["reason"]


async def test_a_mode_that_the_engine_does_not_know(site: Site) -> None:
    task = site.task(site.python(dockerConfig=host_config(NetworkMode="host", Links=["a:b"])))
    await site.plane.order(task)
    report = await site.ends(task)
    assert report["reason"].startswith("CannotCreateContainerError: Error response from daemon: ")


async def test_a_port_that_a_foreign_container_holds(site: Site) -> None:
    await site.cli(
        "run", "-d", "-p", "18080:80", site.image, "/usr/bin/python3", "-c",
        "import time; time.sleep(600)",
    )  # fmt: skip
    task = site.task(site.python(portMappings=[port(80, 18080)]))
    await site.plane.order(task)
    report = await site.ends(task)
    assert report["reason"].startswith("CannotStartContainerError: ")
    assert "port is already allocated" in report["reason"]


async def test_a_port_that_a_task_holds_is_waited_for(site: Site) -> None:
    holder = site.task(site.python(portMappings=[port(80, 18080)]))
    waiting = site.task(site.python(portMappings=[port(80, 18080)]))
    report = await site.runs(holder)
    await site.plane.order(waiting)
    await site.plane.until(lambda: len(site.plane.acknowledged) == 2)
    assert site.plane.statuses(waiting["arn"]) == []
    await site.cli("kill", runtime_id(report))
    await site.plane.until_task(waiting["arn"], "RUNNING")


async def test_what_is_left_is_removed(site: Site) -> None:
    await site.stop()
    site.start(cleanup_seconds=0.0)
    mounts = [{"sourceVolume": "scratch", "containerPath": "/s"}]
    task = site.task(
        site.python("exit(0)", mountPoints=mounts), volumes=[{"name": "scratch", "host": {}}]
    )
    await site.plane.order(task)
    name = runtime_id(await site.ends(task))
    while name in await site.cli("ps", "-aq", "--no-trunc"):
        pass
    mark = task["arn"].rpartition("/")[2]
    while mark in await site.cli("volume", "ls", "-q"):
        pass
