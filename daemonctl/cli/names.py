"""What TAB offers for values: names that the running controller has, or nothing, and at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from daemonctl.cli.client import Client
    from daemonctl.runtime.report_grid import GridDocument

PATIENCE = 0.3
"""Seconds that TAB waits for a controller: more feels broken."""

Ask = Callable[["Client", click.Context], Iterable[tuple[str, str]]]
Offer = Callable[[click.Context, click.Parameter, str], "list[CompletionItem]"]


def _offered(ask: Ask) -> Offer:
    """For ``shell_complete=``: what ``ask`` finds within ``PATIENCE``, of what fits the word."""

    def offer(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        import threading

        from click.shell_completion import CompletionItem

        found: dict[str, str] = {}
        # A thread, for looking up a name cannot be told to give up; it ends with the process.
        asking = threading.Thread(target=_collect, args=(ask, ctx, incomplete, found), daemon=True)
        asking.start()
        asking.join(PATIENCE)
        return [CompletionItem(name, help=words or None) for name, words in dict(found).items()]

    return offer


def _collect(ask: Ask, ctx: click.Context, incomplete: str, found: dict[str, str]) -> None:
    from daemonctl.cli.client import Client
    from daemonctl.cli.failure import FailError
    from daemonctl.cli.server import server_of

    try:
        client = Client(server_of(ctx.params), timeout=PATIENCE)
        found.update(each for each in ask(client, ctx) if each[0].startswith(incomplete))
    except (FailError, OSError, KeyError):
        return  # nobody who presses TAB asked for a message


def _clusters(client: Client, _ctx: click.Context) -> Iterator[tuple[str, str]]:
    from daemonctl.runtime.report import Status

    for each in client.get(Status, "status").clusters:
        yield each.alias, f"{each.region} {each.state}"


def _daemons(client: Client, ctx: click.Context) -> Iterator[tuple[str, str]]:
    from daemonctl.runtime.report import Status

    for cluster in client.get(Status, "status").clusters:
        if ctx.params.get("cluster") in (None, cluster.alias):
            for each in cluster.daemons:
                yield each.name, f"{each.ready}/{each.desired} ready"


def _grids(client: Client, ctx: click.Context) -> Iterator[GridDocument]:
    from daemonctl.runtime.report_grid import GridDocument

    for alias, _ in _clusters(client, ctx):
        if ctx.params.get("cluster") in (None, alias):
            yield client.get(GridDocument, "clusters", alias, "grid")


def _instances(client: Client, ctx: click.Context) -> Iterator[tuple[str, str]]:
    for grid in _grids(client, ctx):
        for each in grid.instances:
            yield each.ec2_instance_id or each.id, f"{grid.cluster} {each.zone}"


def _zones(client: Client, ctx: click.Context) -> Iterator[tuple[str, str]]:
    for grid in _grids(client, ctx):
        for each in grid.instances:
            yield each.zone, grid.cluster


offer_clusters = _offered(_clusters)
offer_daemons = _offered(_daemons)
offer_instances = _offered(_instances)
offer_zones = _offered(_zones)


def offer_codes(_ctx: click.Context, _param: click.Parameter, word: str) -> list[CompletionItem]:
    """Verdicts, in the upper case that they have."""
    from click.shell_completion import CompletionItem

    from daemonctl.model.reason import Code

    return [CompletionItem(code.value) for code in Code if code.startswith(word.upper())]


def offer_files(_ctx: click.Context, _param: click.Parameter, word: str) -> list[CompletionItem]:
    """Whatever file the shell finds."""
    from click.shell_completion import CompletionItem

    return [CompletionItem(word, type="file")]
