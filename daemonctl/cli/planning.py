"""What `plan` does: a plan of one's own, or the running controller's."""

from __future__ import annotations

from collections.abc import Sequence

from daemonctl.cli.failure import FailError
from daemonctl.cli.plan_text import plan_lines
from daemonctl.cli.server import Server
from daemonctl.cli.show import print_json, print_lines
from daemonctl.cli.table import count_of, plain
from daemonctl.runtime.report import PlanDocument, Plans


def show_plan(config: str, server: Server | None, cluster: str | None, output: str) -> bool:
    """Prints the plans. True where there is something to do."""
    if server is not None:
        from daemonctl.cli.asking import server_plans

        plans = server_plans(server, cluster)
    else:
        plans = Plans(tuple(_own(config, cluster)))
    if output == "json":
        print_json(plans)
    else:
        print_lines(plan_lines([each for each in plans.clusters if not each.words]))
    _fail_without_plan(plans.clusters)
    return not all(each.nothing_to_do for each in plans.clusters)


def _own(config: str, cluster: str | None) -> list[PlanDocument]:
    from daemonctl import app
    from daemonctl.cli.config_faults import config_read

    with config_read(config):
        return app.plan_once(config, cluster)


def _fail_without_plan(plans: Sequence[PlanDocument]) -> None:
    """FailError where a cluster has no plan: a line each, one alone in the same line."""
    missing = [each for each in plans if each.words]
    if len(missing) == 1:
        (one,) = missing
        raise FailError(f"no plan for {one.cluster}: {plain(one.words)}")
    if missing:
        items = [f"{each.cluster}: {plain(each.words)}" for each in missing]
        words = f"no plan for {len(missing)} of {count_of(len(plans), 'cluster')}"
        raise FailError(words, items, "`daemonctl plan --cluster ALIAS` tells of one")
