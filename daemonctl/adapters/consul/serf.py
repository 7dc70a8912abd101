"""The check by which Consul's gossip says whether a node's agent lives."""

from __future__ import annotations

from typing import Final

from daemonctl.model.discovery import Serf

SERF: Final = "serfHealth"


def serf_of(status: str | None) -> Serf:
    """What a node's ``serfHealth`` says; None: the node has no such check."""
    if status is None:
        return Serf.NONE
    return Serf.ALIVE if status == "passing" else Serf.FAILED
