"""What check must guarantee, once more and by brute force: every rule over every pair.

Shares no code with ``daemonctl.check`` and none of its structure: it judges whole actions.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase

from daemonctl.model.desired import DesiredDaemon
from daemonctl.model.ids import ContainerInstanceArn, DaemonName
from daemonctl.model.observed import Host
from daemonctl.model.once import mark_of
from daemonctl.model.plan import Action, MarkOnce, SetGate, StartTask, StopTask
from daemonctl.model.spec import Dependency
from tests.property.coverage_oracle import needless
from tests.property.gate_oracle import closings, gate_breaches
from tests.property.once_oracle import mark_breaches, ran_last
from tests.property.oracle_terms import (
    birth,
    consul_says,
    gives_up_ready,
    is_live,
    known_to,
    ours_at,
    places_of,
    reached,
)
from tests.property.rollout_oracle import lost, startable, update_faults
from tests.property.strategies import OWNER, Scene

_MAY = ("ALIVE", "")  # Consul's word, or none, under which a dependent may start


def breaches(actions: Sequence[Action], scene: Scene) -> list[str]:
    """Every rule that carrying out all of ``actions`` would break."""
    found: list[str] = []
    if actions and not scene.observed.complete:
        found.append("partial")
    if actions and scene.now - scene.observed.as_of > scene.desired.stale_after_seconds:
        found.append("stale")
    if actions and scene.memory.freeze is not None:
        found.append("frozen")
    found += _outage(scene, actions)
    targets = [(a.daemon, i) for a in actions for i in places_of(a)]
    if len({*targets}) < len(targets):
        found.append("twice")
    for action in actions:
        for place in places_of(action):
            found += _pauses(scene, action, place)
        found += _one(scene, action)
    found += closings(scene, [a for a in actions if isinstance(a, SetGate) and not a.opened])
    stops = [a for a in actions if isinstance(a, StopTask)]
    for stop in stops:
        rest = [t for t in ours_at(scene, stop.instance, stop.daemon) if is_live(t)]
        stay = [t for t in rest if t.arn not in [other.task for other in stops]]
        if stop.kind == "REPAIR" and (not stay or gives_up_ready(scene, stop, stay)):
            found.append("lone repair")
        found += update_faults(scene, stop)
    return found + list(_budget(scene, [stop for stop in stops if stop.kind == "VOLUNTARY"]))


def _outage(scene: Scene, actions: Sequence[Action]) -> Iterator[str]:
    """The lock store is down: starts where nothing was stopped by us lately, and repairs."""
    known = scene.memory.repair
    for action in actions if known is not None else ():
        if isinstance(action, SetGate) or (
            isinstance(action, StopTask) and action.kind != "REPAIR"
        ):
            yield "outage"
        elif isinstance(action, StopTask):
            alive = [t for t in ours_at(scene, action.instance, action.daemon) if is_live(t)]
            older = [t for t in alive if scene.now - birth(t) >= 25]
            if len(alive) > 1 and len(older) < 2:
                yield "outage repair"
        for place in action.instances if isinstance(action, StartTask) and known else ():
            gone = [t for t in ours_at(scene, place, action.daemon) if t.last_status == "STOPPED"]
            ends = sorted(t.stopped_at for t in gone if t.stopped_at is not None)
            for t in gone:
                fresh = ends and ends[-1] >= known.gaps_since and scene.now - ends[-1] <= 600
                if fresh and t.stopped_at == ends[-1] and t.stopped_reason[:10] == "daemonctl:":
                    yield "outage gap"


def _one(scene: Scene, action: Action) -> Iterator[str]:
    if isinstance(action, SetGate):
        return gate_breaches(scene, action)
    if isinstance(action, MarkOnce):
        return mark_breaches(scene, action)
    return _start(scene, action) if isinstance(action, StartTask) else _stop(scene, action)


def _start(scene: Scene, action: StartTask) -> Iterator[str]:
    wanted = known_to(scene, action.daemon)
    if wanted is None or not startable(scene, wanted) or action.owner != OWNER:
        yield "unwanted"
        return
    if action.definition not in startable(scene, wanted) or not 1 <= len(action.instances) <= 10:
        yield "wrong request"
    for place in action.instances:
        if place not in scene.observed.hosts:
            yield "unknown instance"
            continue
        instance = scene.observed.hosts[place].instance
        usable = instance.status == "ACTIVE" and instance.connected and not instance.managed
        if not (usable and instance.ec2_id[:2] == "i-"):
            yield "unusable instance"
        if [t for t in ours_at(scene, place, action.daemon) if t.last_status != "STOPPED"]:
            yield "live or stopping"
        mark = mark_of(action.definition, action.overrides)
        if wanted.spec.once and ran_last(scene, place, action.daemon) == mark:
            yield "runs again"
        if not all(_came(scene, place, need) for need in wanted.spec.depends_on):
            yield "dependency"


def _came(scene: Scene, place: ContainerInstanceArn, need: Dependency) -> bool:
    if need.condition == "SUCCESS":
        return ran_last(scene, place, need.daemon) != ""
    before = [t for t in ours_at(scene, place, need.daemon) if is_live(t)]
    came = [t for t in before if reached(scene, need.daemon, need.condition, t)]
    word = consul_says(scene, place, need.daemon) if need.condition == "READY" else ""
    return bool(came) and word in _MAY


def _stop(scene: Scene, action: StopTask) -> Iterator[str]:
    host = scene.observed.hosts.get(action.instance)
    if host is not None and action.kind == "VOLUNTARY":
        drains = host.instance.status == "DRAINING"
        if drains != (action.code == "DRAINING") or (drains and _too_soon(scene, host, action)):
            yield "drain"
    if action.code == "UNUSED" and _needed(scene, action):
        yield "unused"
    if action.code == "COVERAGE" and needless(scene, action):
        yield "coverage"
    if action.code == "RESTART" and not _aged(scene, action):
        yield "restart"
    ours = ours_at(scene, action.instance, action.daemon)
    if not [t for t in ours if t.arn == action.task and is_live(t)]:
        yield "foreign stop"


def _aged(scene: Scene, action: StopTask) -> bool:
    known, host = known_to(scene, action.daemon), scene.observed.hosts.get(action.instance)
    born = [t.created_at for t in (host.tasks if host else ()) if t.arn == action.task]
    for need in known.spec.depends_on if known is not None and _known_age(born) else ():
        for t in ours_at(scene, action.instance, need.daemon):
            younger = t.created_at is not None and t.created_at > (born[0] or 0.0)
            if need.restart and younger and is_live(t) and reached(scene, need.daemon, "READY", t):
                return True
    return False


def _known_age(born: Sequence[float | None]) -> bool:
    # the task is known, and when it was made
    return bool(born) and born[0] is not None


def _needed(scene: Scene, action: StopTask) -> bool:
    known, host = known_to(scene, action.daemon), scene.observed.hosts.get(action.instance)
    rule = known.spec.only_with if known is not None else None
    if rule is None or not scene.observed.services.issuperset(rule.services):
        return True
    memory = scene.memory.slots.get((action.instance, action.daemon))
    since = memory.unused_since if memory else None
    if rule.linger_seconds and (since is None or scene.now - since < rule.linger_seconds):
        return True
    there = [t for t in (host.tasks if host else ()) if t.last_status != "STOPPED"]
    return any(fnmatchcase(t.group, f"service:{name}") for t in there for name in rule.services)


def _too_soon(scene: Scene, host: Host, action: StopTask) -> bool:
    place, names = action.instance, [d.spec.name for d in scene.desired.daemons]
    there = [t for t in host.tasks if t.last_status != "STOPPED"]
    for other in scene.desired.daemons:
        needs = [need.daemon for need in other.spec.depends_on]
        mine = [t.arn for t in ours_at(scene, place, other.spec.name)]
        if action.daemon in needs and [t for t in there if t.arn in mine]:
            return True
    if host.leaves_at is not None and host.leaves_at - scene.now <= 20:
        return False
    daemons = [t.arn for name in names for t in ours_at(scene, place, name)]
    others = [
        t
        for t in there
        if t.arn not in daemons
        and t.started_by[:10] != "daemonctl/"
        and t.group not in scene.observed.daemon_services
    ]
    known, since = known_to(scene, action.daemon), host.draining_since
    if host.listed_at is None or since is None or [t for t in others if t.group[:8] == "service:"]:
        return True
    return (
        known is not None
        and bool(others)
        and (scene.now < since + known.spec.drain_timeout_seconds)
    )


def _pauses(scene: Scene, action: Action, place: ContainerInstanceArn) -> Iterator[str]:
    memory = scene.memory.slots.get((place, action.daemon))
    daemon = scene.memory.daemons.get(action.daemon)
    lives = [t for t in ours_at(scene, place, action.daemon) if is_live(t)]
    if memory is not None:
        sent = memory.expectation
        done = sent is not None and (len(lives) > 0) == (sent.kind == "START")
        if sent is not None and sent.expires > scene.now and not done:
            yield "in flight"
        if memory.hold is not None and memory.hold.until > scene.now:
            yield "held"
        if len([at for at in memory.writes if scene.now - at < 60]) >= 6:
            yield "too many writes"
    failures = [memory and memory.failure, daemon and daemon.failure, scene.memory.cluster]
    if isinstance(action, StartTask) and [f for f in failures if f and f.until > scene.now]:
        yield "backoff"


def _budget(scene: Scene, stops: Sequence[StopTask]) -> Iterator[str]:
    if not stops:
        return
    full = scene.observed.first_full_at
    stops_paid = [stop for stop in stops if stop.code != "DRAINING"]
    if stops_paid and (full is None or scene.now - full < scene.desired.first_look_seconds):
        yield "first look"
    hosts = scene.observed.hosts
    if len({stop.instance for stop in stops}) > scene.desired.limits.max_cluster_share.of(
        len(hosts)
    ):
        yield "cluster share"
    for name in {stop.daemon for stop in stops_paid}:
        known = known_to(scene, name)
        mine = [stop for stop in stops_paid if stop.daemon == name]
        yield from _orphans(scene, name, mine)
        if known is None:
            continue
        could = [h.instance for h in hosts.values() if h.instance.ec2_id[:2] == "i-"]
        whole = len([i for i in could if i.status == "ACTIVE" and not i.managed])
        most = known.spec.max_unavailable.of(whole)
        mine = [stop for stop in mine if stop.code != "UNUSED"]
        moved = {stop.instance for stop in mine if stop.code == "MISPLACED"}
        taken = {stop.instance for stop in mine if stop.code != "MISPLACED"}
        lives = [t for place in hosts for t in ours_at(scene, place, name) if is_live(t)]
        held = scene.memory.daemons.get(name)
        until = held.misplaced_until if held is not None else None
        if len(moved) * 2 > len(lives) and not (until is not None and until > scene.now):
            yield "over half"
        leaving = {p for p in hosts if _leaves(scene, p, name)}
        lost = {p for p in hosts if _lost(scene, p, known)}
        if moved - leaving and len(moved | leaving) > most:
            yield "too many leaving"
        if taken - lost and len(taken | lost) > most:
            yield "too many lost"


def _orphans(scene: Scene, name: DaemonName, mine: Sequence[StopTask]) -> Iterator[str]:
    wanted = known_to(scene, name) is not None
    if not wanted and name not in [spec.name for spec in scene.desired.removed]:
        yield "orphan"
    if wanted and [stop for stop in mine if stop.code == "ORPHAN"]:
        yield "no orphan"


def _flies(scene: Scene, place: ContainerInstanceArn, name: DaemonName) -> bool:
    memory = scene.memory.slots.get((place, name))
    sent = memory.expectation if memory else None
    if scene.observed.hosts[place].instance.status == "DRAINING":
        return False
    lives = [t for t in ours_at(scene, place, name) if is_live(t)]
    return sent is not None and sent.kind == "STOP" and sent.expires > scene.now and len(lives) == 1


def _leaves(scene: Scene, place: ContainerInstanceArn, name: DaemonName) -> bool:
    if scene.observed.hosts[place].instance.status == "DRAINING":
        return False
    going = [
        t for t in ours_at(scene, place, name) if t.last_status != "STOPPED" and not is_live(t)
    ]
    moved = [t for t in going if t.stopped_reason.startswith("daemonctl: MISPLACED:")]
    return bool(moved) or _flies(scene, place, name)


def _lost(scene: Scene, place: ContainerInstanceArn, known: DesiredDaemon) -> bool:
    name = known.spec.name
    if scene.observed.hosts[place].instance.status == "DRAINING":
        return False
    if _flies(scene, place, name):
        return True
    tasks = ours_at(scene, place, name)
    there = scene.observed.hosts[place].instance.connected
    there = there and consul_says(scene, place, name) == "ALIVE"
    if there and [t for t in tasks if is_live(t) and reached(scene, name, "READY", t)]:
        return False
    return lost(scene, scene.observed.hosts[place], tasks, known)
