"""Whatever Consul says or does not say: no outage stops a task or keeps one from starting."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from daemonctl.model.discovery import AgentState, Node, Serf
from daemonctl.model.ids import ContainerInstanceArn, DaemonName
from daemonctl.model.memory import Memory
from daemonctl.model.observed import Host
from daemonctl.model.plan import INFINITE, Plan, StartTask, StopTask
from daemonctl.model.spec import Limits, Share
from daemonctl.planning.planner import plan
from daemonctl.runtime.agents import Agents
from daemonctl.runtime.facts import CatalogSeen
from tests.property.strategies import NOW, Scene, instances, scenes

Starts = list[tuple[DaemonName, ContainerInstanceArn]]


def planned(scene: Scene) -> Plan:
    return plan(scene.desired, scene.observed, scene.memory, INFINITE, scene.now)


def starts(made: Plan) -> Starts:
    calls = [action for action in made.actions if isinstance(action, StartTask)]
    return [(call.daemon, place) for call in calls for place in call.instances]


def stops(made: Plan) -> list[StopTask]:
    return [action for action in made.actions if isinstance(action, StopTask)]


def in_an_outage(scene: Scene) -> Scene:
    """The scene with daemons that ask for Consul, which says nothing."""
    daemons = tuple(
        structs.replace(each, spec=structs.replace(each.spec, agent_alive=True))
        for each in scene.desired.daemons
    )
    hosts = {arn: structs.replace(host, agent=None) for arn, host in scene.observed.hosts.items()}
    return structs.replace(
        scene,
        desired=structs.replace(scene.desired, daemons=daemons),
        observed=structs.replace(scene.observed, hosts=hosts),
    )


def without_consul(scene: Scene) -> Scene:
    daemons = tuple(
        structs.replace(each, spec=structs.replace(each.spec, agent_alive=False))
        for each in scene.desired.daemons
    )
    return structs.replace(scene, desired=structs.replace(scene.desired, daemons=daemons))


@given(scenes(1, calm=True))
def test_in_an_outage_starts_are_those_that_ecs_alone_would_bring(scene: Scene) -> None:
    # A rollout waits while Consul is not known, and so does what it would start elsewhere.
    fresh = structs.replace(scene, memory=Memory())
    assert starts(planned(in_an_outage(fresh))) == starts(planned(without_consul(fresh)))


def without_budgets(scene: Scene) -> Scene:
    """The scene where no stop takes the room of another."""
    daemons = tuple(
        structs.replace(each, spec=structs.replace(each.spec, max_unavailable=Share(1000)))
        for each in scene.desired.daemons
    )
    limits = Limits(voluntary_stops_per_minute=1000, max_cluster_share=Share(1000))
    return structs.replace(
        scene, desired=structs.replace(scene.desired, daemons=daemons, limits=limits)
    )


@given(scenes(1, calm=True).map(without_budgets))
def test_an_outage_adds_no_stop(scene: Scene) -> None:
    """Duplicates may go in another order: none of them is known to be ready."""
    before = [stop.task for stop in stops(planned(without_consul(scene)))]
    for stop in stops(planned(in_an_outage(scene))):
        assert stop.kind == "REPAIR" or stop.task in before


META = ("ec2-instance-id", "ecs-container-instance")
ADDRESSES = ("10.0.0.1", "10.0.0.2", "")
IDS = tuple(f"i-{number:017x}" for number in range(3))


@st.composite
def nodes(draw: st.DrawFn) -> Node:
    meta = draw(st.dictionaries(st.sampled_from(META), st.sampled_from((*IDS, "x")), max_size=2))
    return Node(
        draw(st.sampled_from((*IDS, "a", "b", "c"))),
        draw(st.sampled_from(ADDRESSES)),
        draw(st.sampled_from(tuple(Serf))),
        meta,
    )


@st.composite
def turns(draw: st.DrawFn) -> tuple[str, object]:
    """What may happen to the table: news, a host that comes, changes or goes, an outage."""
    kind = draw(st.sampled_from(("news", "news", "host", "gone", "stale", "template")))
    if kind == "news":
        changed = draw(st.lists(nodes(), max_size=4, unique_by=lambda node: node.name))
        names = [name for name in (*IDS, "a", "b") if name not in [one.name for one in changed]]
        gone = draw(st.lists(st.sampled_from(names), max_size=2, unique=True))
        return kind, (tuple(changed), tuple(gone), draw(st.booleans()))
    if kind == "host":
        seen = draw(instances(draw(st.integers(0, 2))))
        return kind, structs.replace(seen, private_ip=draw(st.sampled_from(ADDRESSES)))
    if kind == "template":
        return kind, draw(st.sampled_from(("", "{{ec2InstanceId}}", "{{privateIp}}")))
    return kind, draw(st.integers(0, 2))


@given(st.lists(turns(), max_size=25))
def test_the_table_kept_up_change_by_change_is_the_one_made_at_once(
    story: list[tuple[str, object]],
) -> None:
    hosts: dict[ContainerInstanceArn, Host] = {}
    agents, template, now = Agents(hosts), "{{ec2InstanceId}}", NOW
    agents.ask(template, "web")
    known: dict[str, Node] = {}
    fresh = False
    for kind, what in story:
        now += 10.0
        if kind == "news":
            changed, gone, whole = what  # type: ignore[misc]  # as drawn above
            known = {} if whole else {n: one for n, one in known.items() if n not in gone}
            known.update((one.name, one) for one in changed)
            moved = agents.apply(CatalogSeen(changed, gone, now, whole=whole))
            assert len(set(moved)) == len(moved)
            fresh = True
        elif kind == "host":
            host = Host(what)  # type: ignore[arg-type]  # as drawn above
            hosts[host.instance.arn] = host
            agents.placed((host.instance.arn,))
        elif kind == "gone" and hosts:
            arn = tuple(hosts)[int(str(what)) % len(hosts)]
            del hosts[arn]
            agents.placed((arn,))
        elif kind == "stale":
            now += 61.0
            agents.expire(now)
            fresh = False
        elif kind == "template":
            template = str(what)
            agents.ask(template, "web")
        bare = {arn: structs.replace(host, agent=None) for arn, host in hosts.items()}
        whole_table = Agents(bare)
        whole_table.ask(template, "web")
        if fresh:
            ordered = tuple(known[name] for name in sorted(known))
            whole_table.apply(CatalogSeen(ordered, (), now, whole=True))
        whole_table.placed(tuple(bare))
        assert hosts == bare
        assert bool(template) is (agents.catalog is not None)
        if agents.catalog is not None and whole_table.catalog is not None:
            ambiguous = [h for h in bare.values() if h.agent and h.agent.state in _AMBIGUOUS]
            assert agents.catalog.ambiguous == whole_table.catalog.ambiguous == len(ambiguous)
            assert agents.catalog.known is fresh


_AMBIGUOUS = (AgentState.AMBIGUOUS,)
