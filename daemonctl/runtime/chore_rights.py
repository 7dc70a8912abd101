"""What the config asks of Consul, and the token may not: named before somebody needs it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final

from daemonctl.model.desired import Desired
from daemonctl.model.observed import Observed
from daemonctl.model.reason import Condition, Notice
from daemonctl.model.rights import (
    HOLD_SESSIONS,
    OPERATE,
    READ_NODES,
    READ_SERVICES,
    SEE_SERVICES,
    WRITE_NODES,
    Right,
)
from daemonctl.model.spec import ClusterSpec
from daemonctl.ports.consul import CatalogError
from daemonctl.ports.nodes import Nodes
from daemonctl.runtime.chores import State
from daemonctl.runtime.crew import end_if_cancelled

_ASK_SECONDS: Final = 60.0


class RightsChore:
    """Asks once a minute: tokens and policies change while daemonctl runs."""

    needs_first_look: ClassVar[bool] = False

    def __init__(self, state: State, nodes: Nodes) -> None:
        self._state = state
        self._nodes = nodes
        self._next = 0.0
        self._held: tuple[Condition, ...] = ()

    async def look(
        self,
        desired: Desired,  # noqa: ARG002 - every chore is asked so
        observed: Observed,  # noqa: ARG002 - every chore is asked so
        now: float,
        *,
        may_write: bool,  # noqa: ARG002 - it only reads
    ) -> Sequence[Condition]:
        """See chores.Chore. A Consul that does not answer is told of elsewhere."""
        if now < self._next:
            return self._held
        self._next = now + _ASK_SECONDS
        try:
            lacks = await self._nodes.missing(needed(self._state.spec))
        except CatalogError:
            end_if_cancelled()
            return self._held
        rules = "; ".join(f"{one.rule} ({one.why})" for one in lacks)
        words = f"the token of consul.tokenFile lacks {rules}"
        self._held = (Condition(Notice.CONSUL_RIGHTS, words),) if lacks else ()
        return self._held


def needed(spec: ClusterSpec) -> tuple[Right, ...]:
    """All rights that this config takes."""
    found = [Right("key", f"daemonctl/{spec.owner}/", "write", "to keep the state of rollouts")]
    if spec.election is not None:
        found.append(HOLD_SESSIONS)
    if spec.watches_catalog:
        found.append(READ_NODES)
    if spec.wants_registrations:
        found.append(SEE_SERVICES)
    ghosts = spec.ghosts
    if ghosts is not None:
        found.append(READ_SERVICES)
    if ghosts is not None and ghosts.remove:
        found += [WRITE_NODES, OPERATE] if ghosts.force_leave else [WRITE_NODES]
    return tuple(found)
