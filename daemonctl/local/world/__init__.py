"""A simulation of ECS, its SQS queue and its EC2 hosts: synchronous, deterministic, no I/O.

Rests on the fact sheet about ECS; what is unverified there is a switch (see `Switches`).
"""

from __future__ import annotations

from daemonctl.local.world.behaviour import Behaviour
from daemonctl.local.world.errors import WorldError
from daemonctl.local.world.switches import Switches
from daemonctl.local.world.world import World

__all__ = ["Behaviour", "Switches", "World", "WorldError"]
