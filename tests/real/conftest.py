"""Fixtures of the suites that need root, Docker engines and a Consul (`make e2e`)."""

from __future__ import annotations

import os
import shutil
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.real.parts.images import push_all
from tests.real.parts.lab import PROJECT, Lab
from tests.real.system.figures import Figures

if TYPE_CHECKING:
    from tests.real.system.member import Member
    from tests.real.system.system import System

FIGURES = Figures()


@pytest.fixture(scope="session")
def lab() -> Iterator[Lab]:
    """A bridge and a registry; whoever needs hosts adds them."""
    with Lab() as lab:
        yield lab


@pytest.fixture(scope="session")
def images(lab: Lab) -> dict[str, str]:
    """What a task definition calls each image of the suite."""
    return push_all(lab.registry)


@pytest.fixture(scope="session")
def engine(lab: Lab) -> str:
    """The URL of a Docker engine on a host of its own."""
    host = lab.add_host()
    host.ready()
    return host.docker


@pytest.fixture(scope="session")
def system(lab: Lab) -> Iterator[System]:
    """Consul, the local ECS with its definitions registered; no host yet, no controller."""
    from tests.real.system.system import System  # noqa: PLC0415  not all suites have boto3

    system = System(lab)
    yield system
    system.close()


@pytest.fixture(scope="session")
def hosts(system: System) -> list[Member]:
    """Three hosts that have joined, and the controller; those of scenario 1, if it ran."""
    if not system.members:
        members = [system.add_host() for _ in range(3)]
        system.start_controller()
        for member in members:
            member.host.ready()
            member.start_agent()
    return system.members


@pytest.fixture
def three(system: System, hosts: list[Member]) -> list[Member]:
    """The first three hosts, and all daemons ready on every host."""
    system.wait_ready(len(hosts))
    for member in hosts:
        system.find(member)
    return hosts[:3]


@pytest.fixture
def four(system: System, three: list[Member]) -> list[Member]:
    """Those and one more: the one of scenario 1 that joined later, if it ran."""
    if len(system.members) == len(three):
        member = system.add_host()
        member.host.ready()
        member.start_agent()
        system.wait_ready(len(system.members))
        system.find(member)
    return system.members[:4]


@pytest.fixture(scope="session")
def figures() -> Figures:
    """Where a test puts what it measured."""
    return FIGURES


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    FIGURES.tell(terminalreporter)


LOGS = PROJECT / ".daemonctl" / "real" / "logs"
"""What all parts had written when a test failed."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Keeps the logs of a test that failed: the lab itself goes."""
    report = yield
    lab = item.funcargs.get("lab") if isinstance(item, pytest.Function) else None
    if report.failed and isinstance(lab, Lab):
        for log in _logs(lab.folder):
            kept = LOGS / item.name / log.relative_to(lab.folder)
            kept.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(log, kept)
        report.sections.append(("logs", f"of all parts: {LOGS / item.name}"))
    return report


def _logs(folder: Path) -> Iterator[Path]:
    """Not in the engines' own data, which come and go while somebody looks."""
    for here, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if name != "data"]
        for name in files:
            if name.endswith(".log") or (name == "log" and "consul-server" in here):
                yield Path(here) / name
