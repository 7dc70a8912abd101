"""The parts themselves: they come up from nothing, and nothing of them stays behind."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

from tests.real.parts.clean import ROOT, name
from tests.real.parts.lab import Lab
from tests.real.parts.shell import run, runs, wait_for

MAKE_AND_WAIT = """
from tests.real.parts.lab import Lab
from tests.real.system.system import System
with Lab() as lab:
    system = System(lab)
    host = system.add_host().host
    host.ready()
    system.start_controller()
    pids = system.ecs.child.pid, system.controller.child.pid
    print(lab.index, host.first, host.engine_pid(), *pids, flush=True)
    input()
"""


def there(index: int) -> list[str]:
    """What can be seen of a lab."""
    seen = [line for line in run("ip", "netns").splitlines() if line.startswith(name(index) + "-")]
    seen += [path.name for path in Path("/sys/class/net").glob(f"{name(index)}*")]
    seen += [line for line in run("iptables", "-S", "FORWARD").splitlines() if name(index) in line]
    return seen + [path.name for path in (ROOT / str(index)).iterdir() if path.name != "lock"]


def test_nothing_is_left_of_a_lab_whose_maker_was_killed() -> None:
    maker = subprocess.Popen(
        [sys.executable, "-c", MAKE_AND_WAIT],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    assert maker.stdout
    index, *processes = map(int, maker.stdout.readline().split())
    assert all(map(runs, processes))
    assert there(index)
    maker.send_signal(signal.SIGKILL)  # it alone, not its group
    maker.communicate()
    wait_for(lambda: not there(index), f"the end of lab {index}: {there(index)}")
    wait_for(lambda: not any(map(runs, processes)), "the end of host, local ECS and controller")


def test_a_container_outlives_its_engine_and_ends_with_its_host(
    lab: Lab, images: dict[str, str]
) -> None:
    host = lab.add_host()
    host.ready()
    sleep = ("-c", "import time; time.sleep(600)")
    container = host.cli(
        "run", "-d", "--network=host", images["python"], "/usr/bin/python3", *sleep
    )
    pid = int(host.cli("inspect", "-f", "{{.State.Pid}}", container))
    inside = host.run("readlink", f"/proc/{pid}/exe")
    assert "python" in inside
    host.kill_engine()
    host.start_engine()
    host.ready()
    assert host.run("readlink", f"/proc/{pid}/exe") == inside
    outside = [
        int(status.parent.name)
        for status in Path("/proc").glob("[0-9]*/status")
        if f"NSpid:\t{status.parent.name}\t{pid}\t" in status.read_text("utf-8")
    ]
    assert len(outside) == 1
    host.pull_the_plug()
    wait_for(lambda: not runs(outside[0]), "the end of the container")
