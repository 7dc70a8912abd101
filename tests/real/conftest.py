"""Fixtures of the suites that need root, Docker engines and a Consul (`make e2e`)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.real.parts.images import push_all
from tests.real.parts.lab import Lab


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
