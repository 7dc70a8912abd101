"""Scenario 7: what cannot run says why in ``daemonctl explain``, and what to do next."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.real.parts.shell import wait_for
from tests.real.system.causes import Causes
from tests.real.system.member import Member
from tests.real.system.system import System


@pytest.fixture(scope="module")
def causes(system: System, hosts: list[Member]) -> Iterator[Causes]:
    """Another installation on the same cluster, all of whose daemons are broken."""
    system.wait_ready(len(hosts))
    system.find(hosts[0])
    causes = Causes(system, hosts[0])
    yield causes
    causes.close()


@pytest.mark.parametrize(
    ("daemon", "cause", "next_step"),
    [
        ("no-image", "CannotPullContainerError", "Check the image's name"),
        ("exits", "exited with code 3", "Read the container's log"),
        ("sick", "container sick is UNHEALTHY", "Read what the health check asks"),
        ("port", "port is already allocated", "Find who holds the port"),
    ],
)
def test_the_cause_is_shown(causes: Causes, daemon: str, cause: str, next_step: str) -> None:
    """Between two attempts, that is: while one is under way there is nothing to do."""

    def shown() -> bool:
        said, _, to_do = causes.explained(daemon).partition(" next: ")
        return cause in said and to_do.startswith(next_step)

    wait_for(shown, f"{cause} of {daemon}: {causes.explained(daemon)}", 60, every=0.5)


def test_what_is_broken_disturbs_nobody(system: System, three: list[Member]) -> None:
    assert system.ready(len(system.members)), three[0].ec2
    assert system.doubles() == []
