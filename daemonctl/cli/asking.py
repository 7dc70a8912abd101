"""What the commands that ask a running controller do: fetch documents, print them."""

from __future__ import annotations

from msgspec.structs import replace

from daemonctl.cli.client import Client, RefusedError
from daemonctl.cli.documents import DaemonDocuments, InstancesPages
from daemonctl.cli.explain_text import explain_lines
from daemonctl.cli.instances_text import instances_lines
from daemonctl.cli.options import FailError, Server
from daemonctl.cli.show import now, print_json, print_lines
from daemonctl.cli.status_text import daemon_lines, status_lines
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


def show_status(server: Server, cluster: str | None, output: str) -> None:
    """`status`."""
    client = Client(server)
    document = client.get(Status, "status")
    clusters = tuple(_of_leader(client, each) for each in _chosen(document, cluster))
    if output == "json":
        print_json(replace(document, clusters=clusters))
    else:
        print_lines(status_lines(document, clusters, now()))


def _of_leader(client: Client, cluster: ClusterStatus) -> ClusterStatus:
    """The cluster as the replica that leads it tells; where that fails, as this one does."""
    if not cluster.standby or cluster.leader is None or not cluster.leader.address:
        return cluster
    try:
        (led,) = client.get(Status, "status", cluster=cluster.alias).clusters
    except FailError:
        return cluster
    return led


def show_daemon(server: Server, cluster: str | None, output: str, name: str) -> None:
    """`status DAEMON`."""
    documents = daemon_documents(Client(server), cluster, name)
    if output == "json":
        print_json(DaemonDocuments(documents))
        return
    for number, document in enumerate(documents):
        print_lines([""] if number else [])
        print_lines(daemon_lines(document, now()))


def daemon_documents(client: Client, cluster: str | None, name: str) -> tuple[DaemonDocument, ...]:
    """A daemon on each cluster that has it. FailError where none has."""
    clusters = _chosen(client.get(Status, "status"), cluster)
    having = [each for each in clusters if name in [daemon.name for daemon in each.daemons]]
    if not having:
        known = dict.fromkeys(daemon.name for each in clusters for daemon in each.daemons)
        raise FailError(f'no daemon "{name}"; there are: {", ".join(known) or "none"}')
    return tuple(
        client.get(DaemonDocument, "clusters", each.alias, "daemons", name) for each in having
    )


def show_instances(server: Server, cluster: str | None, output: str, verdict: str) -> None:
    """`instances`."""
    client = Client(server)
    clusters = _chosen(client.get(Status, "status"), cluster)
    pages = tuple(_all_instances(client, each.alias, verdict) for each in clusters)
    if output == "json":
        print_json(InstancesPages(pages))
    else:
        print_lines(instances_lines(pages))


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
        of = ", ".join(each.alias for each in clusters)
        step = "daemonctl instances lists them"
        raise FailError(f'no container instance "{ident}" on {of or "any cluster"}; {step}')
    if len(found) > 1:
        of = ", ".join(each.cluster for each in found)
        raise FailError(f'"{ident}" names an instance on each of {of}; choose with --cluster')
    if output == "json":
        print_json(found[0])
    else:
        print_lines(explain_lines(found[0], now()))


def server_plans(server: Server, cluster: str | None) -> Plans:
    """The running controller's plan."""
    client = Client(server)
    if cluster is None:
        return client.get(Plans, "plan")
    return client.get(Plans, "plan", cluster=cluster)


def _chosen(status: Status, alias: str | None) -> tuple[ClusterStatus, ...]:
    if alias is None:
        return status.clusters
    found = tuple(each for each in status.clusters if each.alias == alias)
    if not found:
        known = ", ".join(each.alias for each in status.clusters)
        raise FailError(f'no cluster "{alias}"; the controller has: {known or "none"}')
    return found


def _all_instances(client: Client, alias: str, verdict: str) -> InstancesPage:
    rows: tuple[InstanceRow, ...] = ()
    after = ""
    while True:
        query: dict[str, str | int] = {"limit": _PAGE}
        if verdict:
            query["verdict"] = verdict
        if after:
            query["after"] = after
        page = client.get(InstancesPage, "clusters", alias, "instances", **query)
        rows += page.instances
        if not page.next or page.next <= after:
            return replace(page, instances=rows, next="")
        after = page.next
