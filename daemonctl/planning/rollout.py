"""The phases of a rollout, and when one leads to the next: a table.

Nothing here stops or starts anything: hosts do that by the course that the rollout gives them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct, structs

from daemonctl.model.ids import ContainerInstanceArn
from daemonctl.model.rollout import FailedInstance, Outcome, Phase, Revision, Rollout
from daemonctl.model.spec import DaemonSpec, Strategy
from daemonctl.planning.rollout_history import begun, closed

STUCK_AFTER_SECONDS = 60.0
"""So long an instance that fell back may take to be available again."""


class Standing(Struct, frozen=True):
    """How a daemon stands on its hosts, as far as a rollout asks."""

    desired: int
    available: int
    behind: int  # instances that can take the target and run something else
    lost: int  # taken by us and not ready; an agent that flaps makes none of them
    moving: int  # starting, or about to be
    untried: bool = False  # something runs, and nothing that runs is the target
    unproven: int = 0  # ready on the target, and not known to last
    fails: tuple[FailedInstance, ...] = ()  # where the target newly failed
    failed_away: int = 0  # of the instances that failed, those that hold the budget for good
    canaries: tuple[ContainerInstanceArn, ...] = ()  # those of the rollout that are still there
    baked: bool = False  # every canary is available on the target, and lasts
    candidates: Sequence[ContainerInstanceArn] = ()  # for further canaries, first the first
    returnable: bool = False  # the last good revision can be started


def advance(
    spec: DaemonSpec, wanted: Revision | None, rollout: Rollout, standing: Standing, now: float
) -> Rollout:
    """One step of a rollout; the same object where there is none to take."""
    if wanted is not None and wanted != rollout.asked:
        return _asked(spec, wanted, rollout, now)
    known = [failed.instance for failed in rollout.failed]
    fresh = [failed for failed in standing.fails if failed.instance not in known]
    if rollout.under_way and fresh:
        failed = sorted((*rollout.failed, *fresh), key=lambda one: one.instance)
        return structs.replace(rollout, failed=tuple(failed))
    if _tripped(spec, rollout, standing):
        return _halt(spec, rollout, standing, now)
    return STEPS[rollout.phase](spec, rollout, standing, now)


def stuck_at(failed: FailedInstance) -> float:
    """From when on an instance that is still not available holds its part of the budget for good.

    One that fell back once may be back in a moment; one that never came is given up at once.
    """
    return failed.at + (STUCK_AFTER_SECONDS if failed.fell_back else 0.0)


def next_at(spec: DaemonSpec, rollout: Rollout, now: float) -> float | None:
    """When time alone leads on, epoch seconds."""
    times = [at for failed in rollout.failed if (at := stuck_at(failed)) > now]
    if rollout.bake_since is not None:
        canary = rollout.phase is Phase.CANARY
        bake = spec.canary.bake_seconds if canary else spec.bake_seconds
        times.append(rollout.bake_since + bake)
    return min(times, default=None)


def _asked(spec: DaemonSpec, wanted: Revision, rollout: Rollout, now: float) -> Rollout:
    """The config wants something else. What is known to be good needs no canary."""
    canaries = spec.canary.instances > 0 and spec.strategy is Strategy.ROLLING
    tried = rollout.last_good is None or wanted == rollout.last_good
    phase = Phase.CANARY if canaries and not tried else Phase.ROLLING
    return structs.replace(begun(rollout, wanted, "config", now, phase=phase), asked=wanted)


def _tripped(spec: DaemonSpec, rollout: Rollout, standing: Standing) -> bool:
    """Whether enough instances failed: maxFailures, all canaries, or all that may be unavailable.

    The last two because nothing would go on any more: waiting for more failures is no use.
    """
    if not spec.breaker.enable or not rollout.under_way or not rollout.failed:
        return False
    if rollout.last_good is None or rollout.rollback_of is not None:
        return False
    most = spec.breaker.max_failures
    if rollout.phase is Phase.CANARY and rollout.canaries:
        most = min(most, len(rollout.canaries))
    stuck = standing.failed_away >= spec.max_unavailable.of(standing.desired)
    return len(rollout.failed) >= most or stuck


def _halt(spec: DaemonSpec, rollout: Rollout, standing: Standing, now: float) -> Rollout:
    """Halts, and goes back to the last good revision where that is wanted and is another one."""
    good, number = rollout.last_good, rollout.history[-1].number if rollout.history else 0
    back = spec.breaker.rollback and standing.returnable
    if good is None or good == rollout.target or not back:
        halted = structs.replace(rollout, phase=Phase.HALTED, bake_since=None)
        return closed(halted, Outcome.HALTED)
    ended = closed(rollout, Outcome.ROLLED_BACK)
    new = begun(ended, good, f"rollback of {number}", now)
    return structs.replace(new, rollback_of=rollout.target, failed=rollout.failed)


def _steady(spec: DaemonSpec, rollout: Rollout, standing: Standing, now: float) -> Rollout:
    del spec, standing, now  # what comes late is updated without a rollout of its own
    return rollout


def _canary(spec: DaemonSpec, rollout: Rollout, standing: Standing, now: float) -> Rollout:
    short_of = min(spec.canary.instances, standing.desired) - len(standing.canaries)
    others = [arn for arn in standing.candidates if arn not in standing.canaries]
    chosen = (*standing.canaries, *others[: max(0, short_of)])
    if chosen != rollout.canaries:
        return structs.replace(rollout, canaries=chosen, bake_since=None)
    if not chosen:  # nothing runs that could be broken
        waits = standing.behind or standing.untried
        return rollout if waits else structs.replace(rollout, phase=Phase.ROLLING)
    if not standing.baked:
        return _bake(rollout, None)
    if rollout.bake_since is None:
        return _bake(rollout, now)
    over = now >= rollout.bake_since + spec.canary.bake_seconds
    return structs.replace(rollout, phase=Phase.ROLLING, bake_since=None) if over else rollout


def _bake(rollout: Rollout, since: float | None) -> Rollout:
    same = rollout.bake_since == since
    return rollout if same else structs.replace(rollout, bake_since=since)


def _rolling(spec: DaemonSpec, rollout: Rollout, standing: Standing, now: float) -> Rollout:
    if not _all_there(spec, rollout, standing):
        return rollout
    if spec.bake_seconds > 0:
        return structs.replace(rollout, phase=Phase.BAKING, bake_since=now)
    return _good(rollout)


def _all_there(spec: DaemonSpec, rollout: Rollout, standing: Standing) -> bool:
    """All that can be updated is, and what it took has come back.

    Instances that were broken before do not keep it from ending, save where they are all: what runs
    nowhere would pass for good, and a later rollout would go back to it. Only the first revision of
    all has to be seen to work: nothing else tells that it is good.
    """
    if standing.behind or standing.lost or standing.moving:
        return False
    if standing.untried:
        return False
    if rollout.last_good is not None or not standing.desired:
        return not standing.unproven
    enough = standing.desired - spec.max_unavailable.of(standing.desired)
    return standing.available - standing.unproven >= max(1, enough)


def _baking(spec: DaemonSpec, rollout: Rollout, standing: Standing, now: float) -> Rollout:
    """What fell back in the last moment is waited for: it may be a failure yet."""
    since = now if rollout.bake_since is None else rollout.bake_since
    over = now >= since + spec.bake_seconds
    return _good(rollout) if over and not (standing.lost or standing.unproven) else rollout


def _good(rollout: Rollout) -> Rollout:
    done = closed(rollout, Outcome.COMPLETE)
    return structs.replace(
        done,
        phase=Phase.STEADY,
        last_good=rollout.target,
        bake_since=None,
        canaries=(),
        # Who failed the revision that was given up is to be seen until something else begins.
        failed=() if rollout.rollback_of is None else rollout.failed,
    )


def _halted(spec: DaemonSpec, rollout: Rollout, standing: Standing, now: float) -> Rollout:
    del spec, standing, now  # a person decides
    return rollout


def _unclear(spec: DaemonSpec, rollout: Rollout, standing: Standing, now: float) -> Rollout:
    """Clear after all, where everything has come to run the target."""
    del now
    there = _all_there(spec, structs.replace(rollout, last_good=None), standing)
    return _good(rollout) if there else rollout


Step = Callable[[DaemonSpec, Rollout, Standing, float], Rollout]

STEPS: Mapping[Phase, Step] = {
    Phase.STEADY: _steady,
    Phase.CANARY: _canary,
    Phase.ROLLING: _rolling,
    Phase.BAKING: _baking,
    Phase.HALTED: _halted,
    Phase.UNCLEAR: _unclear,
}
"""What each phase may lead to."""
