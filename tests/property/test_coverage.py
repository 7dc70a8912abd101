"""Planning and check agree on what is missing in Consul, and nothing is stopped without it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn
from msgspec import structs

from daemonctl.check import check
from daemonctl.check.registered import nothing_of, unregistered
from daemonctl.model.cluster import Port
from daemonctl.model.discovery import Registered, Service, Tenant
from daemonctl.model.ids import TaskArn
from daemonctl.model.memory import Memory, SlotMemory, Unregistered
from daemonctl.model.plan import INFINITE, StopTask
from daemonctl.model.reason import Code
from daemonctl.planning.board import Board
from daemonctl.planning.coverage import by_coverage, coverage
from daemonctl.planning.planner import plan
from daemonctl.planning.readiness import READY, Ready
from tests.property.strategies import NOW, Scene, scenes
from tests.unit.planning.scenery import task

_PORTS = st.builds(
    Port, st.sampled_from((80, 81)), st.sampled_from((32768, 32769)), udp=st.booleans()
)
_NAMES = ("web-3-app", "web-3-side", "api-4-app")


@st.composite
def tenants(draw: DrawFn, number: int) -> Tenant:
    ports = tuple(draw(st.lists(_PORTS, max_size=2, unique=True)))
    expected = tuple(port for port in ports if draw(st.booleans()))
    return Tenant(
        TaskArn(f"arn:aws:ecs:eu-west-1:1:task/web/{number:032x}"),
        f"ecs-{draw(st.sampled_from(_NAMES))}-",
        ports,
        expected,
        draw(st.booleans()),
        NOW - draw(st.sampled_from((5.0, 29.0, 30.0, 200.0, 4000.0))),
    )


@st.composite
def services(draw: DrawFn) -> Service:
    name = draw(st.sampled_from(_NAMES))
    ids = (f"h:ecs-{name}-a1:80", f"h:ecs-{name}-a1:80:udp", "h:nginx:80", "by-hand", "")
    return Service(
        draw(st.sampled_from(ids)),
        name,
        draw(st.sampled_from(("10.0.0.5", "", "127.0.1.1"))),
        draw(st.sampled_from((32768, 32769))),
    )


@st.composite
def registrations(draw: DrawFn) -> Registered:
    there = tuple(draw(tenants(n)) for n in range(draw(st.integers(0, 3))))
    found = tuple(draw(st.lists(services(), max_size=4)))
    return Registered("i-1", ("10.0.0.5",), there, found, NOW - draw(st.sampled_from((0.0, 20.0))))


@given(registrations())
def test_two_who_look_find_the_same_missing(seen: Registered) -> None:
    found = coverage(seen)
    missing = [(gap.task, gap.port) for gap in found.missing]
    assert missing == [(tenant.task, port) for tenant, port in unregistered(seen)]
    state = by_coverage(READY, task(), seen, start_timeout=1, now=NOW)
    assert (state.value is Ready.NOT_READY) is nothing_of(seen)
    assert found.expected >= len(found.missing)


@given(registrations())
def test_what_is_stale_covers_nothing(seen: Registered) -> None:
    """Taking it out makes nothing missing that was not."""
    stale = coverage(seen).stale
    left = tuple(each for each in seen.services if each not in stale)
    after = coverage(structs.replace(seen, services=left))
    assert after.missing == coverage(seen).missing
    assert after.stale == ()


@st.composite
def uncovered(draw: DrawFn) -> Scene:
    """Daemons that all ask what is registered, and memory of what was missing for long."""
    scene = draw(scenes(1, calm=True))
    daemons = tuple(
        structs.replace(each, spec=structs.replace(each.spec, services_registered=True))
        for each in scene.desired.daemons
    )
    known = st.one_of(st.none(), registrations())
    hosts = {
        arn: structs.replace(host, registered=draw(known))
        for arn, host in scene.observed.hosts.items()
    }
    memory = Memory()
    for arn, host in hosts.items():
        gaps = () if host.registered is None else coverage(host.registered).missing
        if gaps and draw(st.booleans()):
            ports = tuple(sorted(gap.key for gap in gaps))
            for each in daemons:
                held = Unregistered(ports, NOW - 500, draw(st.booleans()))
                memory.slots[arn, each.spec.name] = SlotMemory(unregistered=held)
    return structs.replace(
        scene,
        desired=structs.replace(scene.desired, daemons=daemons),
        observed=structs.replace(scene.observed, hosts=hosts),
        memory=memory,
    )


@given(uncovered())
def test_the_check_has_nothing_against_what_is_planned(scene: Scene) -> None:
    made = plan(scene.desired, scene.observed, scene.memory, INFINITE, scene.now)
    known = Memory(scene.memory.slots, {**scene.memory.daemons, **made.daemons})  # its rollouts
    checked = check(made.actions, scene.desired, scene.observed, known, scene.now)
    assert checked.violations == ()
    for action in made.actions:
        if isinstance(action, StopTask) and action.code == Code.COVERAGE:
            assert scene.observed.hosts[action.instance].registered is not None


@given(uncovered(), st.data())
def test_a_board_that_is_kept_says_what_a_new_one_says(scene: Scene, data: st.DataObject) -> None:
    """After what Consul has of one host has changed, only that host is looked at again."""
    board = Board(scene.desired)
    board.replan(scene.observed, scene.memory, None, INFINITE, scene.now)
    arn = data.draw(st.sampled_from(sorted(scene.observed.hosts)))
    known = data.draw(st.one_of(st.none(), registrations()))
    host = structs.replace(scene.observed.hosts[arn], registered=known)
    changed = structs.replace(scene.observed, hosts={**scene.observed.hosts, arn: host})
    board.replan(changed, scene.memory, (arn,), INFINITE, scene.now)
    other = Board(scene.desired)
    other.replan(scene.observed, scene.memory, None, INFINITE, scene.now)
    other.replan(changed, scene.memory, None, INFINITE, scene.now)
    assert board.assessments == other.assessments
