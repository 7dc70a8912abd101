"""What `plan` does: a plan of one's own, or the running controller's."""

from __future__ import annotations

from daemonctl.cli.options import FailError, Server
from daemonctl.cli.plan_text import plan_lines
from daemonctl.cli.show import print_json, print_lines
from daemonctl.cli.table import plain
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
        print_lines(plan_lines(plans.clusters))
    missing = [each for each in plans.clusters if each.words]
    if missing:
        of = ", ".join(each.cluster for each in missing)
        raise FailError(f"no plan for {of}: {plain(missing[0].words)}")
    return not all(each.nothing_to_do for each in plans.clusters)


def _own(config: str, cluster: str | None) -> list[PlanDocument]:
    from daemonctl import app, ports
    from daemonctl.cli.config_faults import config_read

    try:
        with config_read(config):
            return app.plan_once(config, cluster)
    except ports.ApiError as error:
        raise FailError(plain(str(error))) from error
