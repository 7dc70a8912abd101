"""One look at a cluster: what a controller that starts now would do there. Changes nothing."""

from __future__ import annotations

from daemonctl.model.memory import Memory
from daemonctl.model.plan import INFINITE
from daemonctl.model.spec import ClusterSpec
from daemonctl.planning import planner
from daemonctl.ports import Clock, Cluster
from daemonctl.runtime.definitions import families, resolve
from daemonctl.runtime.facts import Fact
from daemonctl.runtime.report import PlanDocument
from daemonctl.runtime.report_plan import plan_document
from daemonctl.runtime.report_source import ClusterFacts
from daemonctl.runtime.resync import Resync
from daemonctl.runtime.view import View


async def plan_now(spec: ClusterSpec, cluster: Cluster, clock: Clock) -> PlanDocument:
    """The plan of this moment, with calls that cost nothing. Raises ApiError."""
    await cluster.describe_cluster()
    desired = await resolve(cluster, spec, (), afresh=True)
    view = View(spec.owner, families(desired), clock.now())

    def take(facts: tuple[Fact, ...]) -> None:
        for fact in facts:
            view.apply(fact)

    await Resync(cluster, clock, view, take).run(desired)
    observed, memory = view.observed(), Memory()
    plan = planner.plan(desired, observed, memory, INFINITE, clock.now())
    state = ClusterFacts(
        spec=spec,
        desired=desired,
        observed=observed,
        verdicts={slot: seen for slot, seen in plan.verdicts.items() if seen is not None},
        memory=Memory(slots={slot: kept for slot, kept in plan.slots.items() if kept is not None}),
        conditions=plan.conditions,
    )
    return plan_document(state, plan)
