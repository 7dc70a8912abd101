"""What is told of Consul: how its catalog is read, and what it says of one instance."""

from __future__ import annotations

from daemonctl.model.discovery import STALE_SECONDS
from daemonctl.model.observed import Host
from daemonctl.runtime.report import ConsulRow
from daemonctl.runtime.report_rows import moment
from daemonctl.runtime.report_source import CatalogState, ClusterState

_MEANWHILE = "starts go by what ECS tells meanwhile, updates wait, gates keep their value"


def consul_row(state: ClusterState, now: float) -> ConsulRow | None:
    """How Consul's catalog is read, None where no daemon asks for it."""
    consul = state.consul
    if consul is None:
        return None
    known = consul.as_of is not None and now <= consul.as_of + STALE_SECONDS
    return ConsulRow(
        datacenter=consul.name,
        known=known,
        words=_words(consul, now, known=known),
        last_answer=moment(consul.as_of),
    )


def _words(consul: CatalogState, now: float, *, known: bool) -> str:
    if consul.as_of is None:
        age = "Consul has not answered yet"
    else:
        age = f"Consul has not answered for {max(0.0, now - consul.as_of):.0f} s"
    if not known:
        return f"{age}: {consul.trouble or 'an answer is waited for'}; {_MEANWHILE}"
    return f"{age}: {consul.trouble}" if consul.trouble else ""


def agent_words(state: ClusterState, host: Host) -> str:
    """What Consul says of the instance's agent, "" where nobody asks."""
    if state.consul is None:
        return ""
    if host.agent is None:
        return "not known: Consul's catalog is not known now"
    return f"{host.agent.state.value}: {host.agent.words}"
