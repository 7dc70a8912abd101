"""One look at a cluster: what a controller that starts now would do there. Changes nothing."""

from __future__ import annotations

from msgspec.structs import replace

from daemonctl.model.ghosts import Ghost
from daemonctl.model.memory import Memory
from daemonctl.model.plan import INFINITE
from daemonctl.model.reason import Condition, Notice
from daemonctl.model.spec import ClusterSpec
from daemonctl.planning import planner
from daemonctl.ports import Clock, Cluster
from daemonctl.ports.consul import Catalog, CatalogError
from daemonctl.runtime.definitions import families, resolve
from daemonctl.runtime.facts import CatalogSeen, Fact
from daemonctl.runtime.graves import Graves
from daemonctl.runtime.report import PlanDocument
from daemonctl.runtime.report_plan import plan_document
from daemonctl.runtime.report_source import ClusterFacts
from daemonctl.runtime.resync import Resync
from daemonctl.runtime.view import View


async def plan_now(
    spec: ClusterSpec,
    cluster: Cluster,
    clock: Clock,
    catalog: Catalog | None = None,
    graves: Graves | None = None,
) -> PlanDocument:
    """The plan of this moment, with calls that cost nothing. Raises ApiError.

    A ``catalog`` that cannot be read makes no error but a condition, as in a running controller.
    ``graves`` looks for Consul nodes whose hosts are gone.
    """
    arn = await cluster.describe_cluster()
    desired = await resolve(cluster, spec, (), afresh=True)
    view = View(spec.owner, families(desired), clock.now())
    view.agents.ask(desired.node_name, desired.cluster_name)

    def take(facts: tuple[Fact, ...]) -> None:
        for fact in facts:
            view.apply(fact)

    await Resync(cluster, clock, view, take).run(desired)
    conditions: tuple[Condition, ...] = ()
    found: tuple[Ghost, ...] = ()
    if catalog is not None:
        news, conditions = await _look_up(catalog)
        if news is not None:
            view.apply(news)
        if news is not None and graves is not None:
            found, more = await graves.look(spec, arn, view, news)
            conditions += more
    observed, memory = view.observed(), Memory()
    plan = planner.plan(desired, observed, memory, INFINITE, clock.now())
    plan = replace(plan, conditions=(*conditions, *plan.conditions))
    state = ClusterFacts(
        spec=spec,
        desired=desired,
        observed=observed,
        verdicts={slot: seen for slot, seen in plan.verdicts.items() if seen is not None},
        memory=Memory(slots={slot: kept for slot, kept in plan.slots.items() if kept is not None}),
        conditions=plan.conditions,
        ghosts=found,
    )
    return plan_document(state, plan)


async def _look_up(catalog: Catalog) -> tuple[CatalogSeen | None, tuple[Condition, ...]]:
    """What Consul says now; what is told where it says nothing."""
    try:
        news = await catalog.watch()
    except CatalogError as error:
        return None, (Condition(Notice.CONSUL_UNKNOWN, f"{error.code}: {error.message}"),)
    return CatalogSeen(news.changed, news.gone, news.as_of, whole=True), ()
