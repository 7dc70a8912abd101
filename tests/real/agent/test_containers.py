"""On a real engine: containers are made as ECS's agent makes them."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from tests.real.agent.conftest import Site, of
from tests.unit.local.agent.given import host_config, needs, port


async def test_a_task_runs_with_what_its_payload_says(site: Site) -> None:
    config = {
        "config": json.dumps({"User": "65534", "WorkingDir": "/tmp", "Hostname": "named"}),  # noqa: S108  in the container
        "hostConfig": json.dumps(
            {
                "CapAdd": ["NET_ADMIN"],
                "ExtraHosts": ["far:192.0.2.9"],
                "Ulimits": [{"Name": "nofile", "Soft": 100, "Hard": 200}],
                "LogConfig": {"Type": "json-file", "Config": {"max-size": "1m"}},
            }
        ),
    }
    script = (
        "import os, socket\n"
        "print(os.environ['A'], os.environ['B'], os.getcwd(), os.getuid(), socket.gethostname())\n"
        "print(socket.gethostbyname('far'))\nimport time\ntime.sleep(600)"
    )
    main = site.python(script, cpu=256, memory=64, environment={"A": "1", "B": "1"})
    main |= {"dockerConfig": config, "overrides": json.dumps({"environment": {"B": "2"}})}
    task = site.task(main)
    report = await site.runs(task)
    shown = await site.inspect(report)
    assert shown["Name"].startswith("/ecs-web-3-main-")
    labels = shown["Config"]["Labels"]
    assert labels["com.amazonaws.ecs.task-arn"] == task["arn"]
    assert labels["com.amazonaws.ecs.container-name"] == "main"
    limits = shown["HostConfig"]
    assert (limits["Memory"], limits["CpuShares"]) == (64 << 20, 256)
    assert (limits["CapAdd"], limits["LogConfig"]["Config"]) == (["NET_ADMIN"], {"max-size": "1m"})
    assert limits["Ulimits"] == [{"Name": "nofile", "Soft": 100, "Hard": 200}]
    assert await site.written(report, 2) == ["1 2 /tmp 65534 named", "192.0.2.9"]


async def test_dynamic_ports_are_reported_as_the_engine_gave_them(site: Site) -> None:
    main = site.python("import http.server as h; h.test(h.SimpleHTTPRequestHandler, port=8000)")
    main["portMappings"] = [port(8000), port(8001, 18001)]
    report = await site.runs(site.task(main))
    dynamic, static = of(report)["networkBindings"]
    shown = (await site.cli("port", of(report)["runtimeId"], "8000/tcp")).splitlines()[0]
    assert shown.endswith(f":{dynamic['hostPort']}")
    assert (static["containerPort"], static["hostPort"]) == (8001, 18001)
    url = f"http://{site.host.address}:{dynamic['hostPort']}/"
    await asyncio.to_thread(site.host.run, "curl", "-sf", "--retry", "20", "--retry-connrefused",
                            "--retry-delay", "1", url)  # fmt: skip


async def test_on_the_hosts_network_ports_are_its_own(site: Site) -> None:
    main = site.python(
        portMappings=[port(8500, 8500)], dockerConfig=host_config(NetworkMode="host")
    )
    report = await site.runs(site.task(main, networkMode="host"))
    assert of(report)["networkBindings"][0]["hostPort"] == 8500
    assert (await site.inspect(report))["HostConfig"]["NetworkMode"] == "host"


async def test_containers_begin_in_the_order_of_depends_on(site: Site) -> None:
    check = {"config": json.dumps(
        {"Healthcheck": {"Test": ["CMD", "/usr/bin/python3", "-c", "open('/ready')"],
                         "Interval": 10**9, "Retries": 30}})}  # fmt: skip
    first = site.python("open('/vol/done', 'w')", "first", essential=False)
    second = site.python(
        "open('/vol/done'); open('/ready', 'w')\nimport time\ntime.sleep(600)", "second",
        dependsOn=[needs("first", "SUCCESS")], dockerConfig=check,
    )  # fmt: skip
    third = site.python(name="third", dependsOn=[needs("second", "HEALTHY")])
    for one in (first, second):
        one["mountPoints"] = [{"sourceVolume": "scratch", "containerPath": "/vol"}]
    volumes = [{"name": "scratch", "type": "host", "host": {}}]
    task = site.task(third, second, first, volumes=volumes)
    report = await site.runs(task)
    assert of(report, "first")["exitCode"] == 0
    times = [(await site.inspect(report, name))["State"] for name in ("first", "second", "third")]
    assert times[0]["FinishedAt"] < times[1]["StartedAt"] < times[2]["StartedAt"]
    healths = [
        row["healthStatus"]
        for frame in site.plane.health
        for told in frame["message"]["tasks"]
        for row in told["containers"]
    ]
    assert healths[-1] == "HEALTHY"


async def test_a_dependency_that_fails_ends_the_task_and_says_so(site: Site) -> None:
    first = site.python("exit(4)", "first", essential=False)
    main = site.python(dependsOn=[needs("first", "SUCCESS")])
    task = site.task(main, first)
    await site.plane.order(task)
    report = await site.ends(task)
    assert report["reason"].endswith("[main] as the dependency exited with 4")
    assert of(report, "first")["exitCode"] == 4


async def test_links_and_volumes_from(site: Site) -> None:
    server = site.python("open('/vol/x', 'w').write('hello')\nimport time\ntime.sleep(600)", "db")
    server["mountPoints"] = [{"sourceVolume": "v", "containerPath": "/vol"}]
    script = (
        "import socket, time, os\nprint(socket.gethostbyname('database') != '', flush=True)\n"
        "while not os.path.exists('/vol/x'): time.sleep(0.1)\nprint(open('/vol/x').read())\n"
        "time.sleep(600)"
    )
    main = site.python(script, links=["db:database"], volumesFrom=[{"sourceContainer": "db"}])
    report = await site.runs(site.task(main, server, volumes=[{"name": "v", "host": {}}]))
    assert await site.written(report, 2) == ["True", "hello"]


async def test_shared_volumes_stay_and_folders_of_the_host_are_mounted(site: Site) -> None:
    folder = site.host.folder / "run"
    mounts = [
        {"sourceVolume": "kept", "containerPath": "/kept"},
        {"sourceVolume": "run", "containerPath": "/there", "readOnly": True},
    ]
    volumes: list[dict[str, Any]] = [
        {"name": "kept", "type": "docker",
         "dockerVolumeConfiguration": {"scope": "shared", "autoprovision": True}},
        {"name": "run", "type": "host", "host": {"sourcePath": "/run"}},
    ]  # fmt: skip
    (folder / "note").write_text("from the host")
    write = site.python(
        "open('/kept/x', 'w').write(open('/there/note').read())\nopen('/there/no', 'w')",
        mountPoints=mounts,
    )
    first = site.task(write, volumes=volumes)
    await site.plane.order(first)
    report = await site.ends(first)
    assert of(report)["exitCode"] == 1, "the folder is mounted to be read only"
    read = site.python("print(open('/kept/x').read()); exit(0)", mountPoints=mounts)
    second = site.task(read, volumes=volumes)
    await site.plane.order(second)
    assert await site.logs(await site.ends(second)) == "from the host"
