"""The contract of ports.consul, by a real Consul with ACLs that deny by default."""

from __future__ import annotations

from tests.contract.consul.nodes_suite import *  # noqa: F403  the whole suite
from tests.contract.consul.registrations_suite import *  # noqa: F403  the whole suite
from tests.contract.consul.suite import *  # noqa: F403  the whole suite
