"""What is told of Consul: how its catalog is read, and what it says of one instance."""

from __future__ import annotations

from collections.abc import Iterable

from daemonctl.model.discovery import STALE_SECONDS
from daemonctl.model.ghosts import Ghost
from daemonctl.model.observed import Host
from daemonctl.planning.coverage import coverage
from daemonctl.runtime.report_rows import ConsulRow, CoverageRow, GhostRow, moment
from daemonctl.runtime.report_source import CatalogState, ClusterState

_MEANWHILE = "starts go by what ECS tells meanwhile, updates wait, gates keep their value"


def consul_row(state: ClusterState, now: float) -> ConsulRow | None:
    """How Consul's catalog is read, None where nobody asks for it."""
    consul = state.consul
    if consul is None:
        return None
    known = consul.as_of is not None and now <= consul.as_of + STALE_SECONDS
    return ConsulRow(
        datacenter=consul.name,
        known=known,
        words=_words(consul, now, known=known),
        last_answer=moment(consul.as_of),
        ghosts=None if state.spec.ghosts is None else len(state.ghosts),
    )


def ghost_rows(ghosts: Iterable[Ghost]) -> tuple[GhostRow, ...]:
    """Consul nodes whose hosts are gone."""
    return tuple(GhostRow(one.node, one.ec2_id, one.kind.value, one.words) for one in ghosts)


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
    for_ghosts_only = state.spec.ghosts is not None and not state.spec.wants_catalog
    if state.consul is None or for_ghosts_only:
        return ""
    if host.agent is None:
        return "not known: Consul's catalog is not known now"
    return f"{host.agent.state.value}: {host.agent.words}"


def coverage_row(state: ClusterState) -> CoverageRow | None:
    """What is missing in Consul and what is stale there, None where nobody asks."""
    found = state.coverage
    if found is None:
        return None
    return CoverageRow(found.missing, len(found.stale), found.trouble)


def unregistered(host: Host) -> tuple[str, ...]:
    """The ports of an instance that Consul should have and has not, in words."""
    if host.registered is None:
        return ()
    return tuple(gap.words for gap in coverage(host.registered).missing)


def stale_services(state: ClusterState, host: Host) -> tuple[str, ...]:
    """What Consul has of containers that are gone from an instance, in words."""
    found = () if state.coverage is None else state.coverage.stale
    return tuple(
        f"{one.service.id} (port {one.service.port})" + (f": {one.why}" if one.why else "")
        for one in found
        if one.instance == host.instance.arn
    )
