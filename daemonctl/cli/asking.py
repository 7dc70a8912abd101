"""What the commands that ask a running controller ask for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from daemonctl.cli.client import Client, RefusedError
from daemonctl.cli.documents import InstancesPages
from daemonctl.cli.explain_text import explain_lines
from daemonctl.cli.failing import warn
from daemonctl.cli.failure import FailError
from daemonctl.cli.near import there_are
from daemonctl.cli.server import Server
from daemonctl.cli.show import now, print_json, print_lines
from daemonctl.runtime.report import (
    ClusterStatus,
    DaemonDocument,
    InstanceDocument,
    InstanceRow,
    InstancesPage,
    Plans,
    Status,
)

_PAGE = 1000
_NOT_FOUND = 404


def status_of(client: Client, cluster: str | None) -> Status:
    """What `status` shows, each cluster as its leader tells it. Raises FailError."""
    document = client.get(Status, "status")
    clusters = tuple(_of_leader(client, each) for each in _chosen(document, cluster))
    return replace(document, clusters=clusters)


def _of_leader(client: Client, cluster: ClusterStatus) -> ClusterStatus:
    """The cluster as the replica that leads it tells; where that fails, as this one does."""
    if not cluster.standby or cluster.leader is None or not cluster.leader.address:
        return cluster
    try:
        (led,) = client.get(Status, "status", cluster=cluster.alias).clusters
    except FailError:
        return cluster
    return led


def daemon_documents(
    client: Client, cluster: str | None, name: str, *, warns: bool = False
) -> tuple[DaemonDocument, ...]:
    """A daemon on each cluster that has it; ``warns`` of what is wrong with those clusters.

    Raises FailError where none has it.
    """
    clusters = _chosen(client.get(Status, "status"), cluster)
    having = [each for each in clusters if name in [daemon.name for daemon in each.daemons]]
    if not having:
        known = [daemon.name for each in clusters for daemon in each.daemons]
        raise FailError(f'no daemon "{name}"; {there_are(name, known, "`daemonctl status`")}')
    if warns:
        _warn(having)
    return tuple(
        client.get(DaemonDocument, "clusters", each.alias, "daemons", name) for each in having
    )


def _warn(clusters: Sequence[ClusterStatus]) -> None:
    """What is told of a cluster may be old, or not all: then it is said."""
    for each in clusters:
        if each.words:
            state = "" if each.state == "ready" else f" is {each.state}"
            warn(f"{each.alias}{state}: {each.words}")


def instances_of(
    client: Client, cluster: str | None, filters: Mapping[str, str], *, warns: bool = False
) -> InstancesPages:
    """What `instances` shows: those of each cluster that pass the filters. Raises FailError."""
    found: list[InstancesPage] = []
    refused: list[RefusedError] = []
    clusters = _chosen(client.get(Status, "status"), cluster)
    for each in clusters:
        if each.first_full_view is None and not each.standby:  # unknown is not empty
            words = each.words or "it has not been seen whole yet"
            raise FailError(f"the instances of {each.alias} are not known: {words}")
        try:
            found.append(_all_instances(client, each.alias, filters))
        except RefusedError as error:  # a zone that another cluster has
            if error.status != _NOT_FOUND:
                raise
            refused.append(error)
    if refused and not found:
        raise refused[0]
    if warns:
        _warn(clusters)
    return InstancesPages(tuple(found))


def show_instance(server: Server, cluster: str | None, output: str, ident: str) -> None:
    """`explain INSTANCE`: on the cluster that has it, whichever that is."""
    client = Client(server)
    clusters = _chosen(client.get(Status, "status"), cluster)
    found: list[InstanceDocument] = []
    for each in clusters:
        try:
            path = ("clusters", each.alias, "instances", ident)
            found.append(client.get(InstanceDocument, *path))
        except RefusedError as error:
            if error.status != _NOT_FOUND:
                raise
    if not found:
        raise FailError(_no_instance(clusters, ident))
    if len(found) > 1:
        of = ", ".join(each.cluster for each in found)
        raise FailError(f'"{ident}" names an instance on each of {of}; choose with --cluster')
    _warn([each for each in clusters if each.alias == found[0].cluster])
    if output == "json":
        print_json(found[0])
    else:
        print_lines(explain_lines(found[0], now()))


def _no_instance(clusters: Sequence[ClusterStatus], ident: str) -> str:
    of = ", ".join(each.alias for each in clusters) or "any cluster"
    total = sum(each.instances.total for each in clusters)
    unseen = [each.alias for each in clusters if each.first_full_view is None]
    step = f"`daemonctl instances` lists the {total} that there are"
    if unseen:
        step = f"{', '.join(unseen)} has not been seen whole yet: `daemonctl status` tells why"
    return f'no container instance "{ident}" on {of}: {step}'


def server_plans(server: Server, cluster: str | None) -> Plans:
    """The running controller's plan."""
    client = Client(server)
    clusters = client.get(Status, "status").clusters
    plans = (
        client.get(Plans, "plan") if cluster is None else client.get(Plans, "plan", cluster=cluster)
    )
    planned = [each.cluster for each in plans.clusters if not each.words]
    _warn([each for each in clusters if each.alias in planned])
    return plans


def _chosen(status: Status, alias: str | None) -> tuple[ClusterStatus, ...]:
    if alias is None:
        return status.clusters
    found = tuple(each for each in status.clusters if each.alias == alias)
    if not found:
        known = [each.alias for each in status.clusters]
        raise FailError(f'no cluster "{alias}"; {there_are(alias, known, "`daemonctl status`")}')
    return found


def _all_instances(client: Client, alias: str, filters: Mapping[str, str]) -> InstancesPage:
    rows: tuple[InstanceRow, ...] = ()
    after = ""
    while True:
        query = {**filters, "after": after} if after else dict(filters)
        page = client.get(InstancesPage, "clusters", alias, "instances", limit=_PAGE, **query)
        rows += page.instances
        if not page.next or page.next <= after:
            return replace(page, instances=rows, next="")
        after = page.next
