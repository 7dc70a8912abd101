"""Breaks of what an operator relies on: freeze, dry run, what is saved, whose turn it is."""

from __future__ import annotations

from tests.mutants.breaks import Break

_LIVE = ("tests/unit/runtime/test_steering_live.py",)
_TOLD = ("tests/unit/planning/test_rollout_told.py",)
_KEEPER = ("tests/unit/runtime/test_keeper.py",)
_REMOVALS = ("tests/unit/runtime/test_removals_kept.py",)
_KNOWN = ("tests/unit/runtime/test_definitions_known.py",)


def _of(name: str, file: str, old: str, new: str, *tests: str) -> Break:
    return Break(f"operator: {name}", f"daemonctl/{file}", old, new, tests)


BREAKS = (
    _of(
        "an answer says nothing of what holds it back",
        "runtime/desk.py",
        "        if held:\n",
        "        if False:\n",
        "tests/unit/runtime/test_commands_held.py",
    ),
    _of(
        "an undo is over before its revision is known",
        "planning/steering.py",
        "or not observed.complete or _unknown(rule, held):",
        "or not observed.complete:",
        *_LIVE,
    ),
    _of(
        "who failed long ago still counts",
        "planning/course.py",
        "frozenset() if steady else",
        "",
        *_TOLD,
    ),
    _of(
        "who failed is forgotten with the way back",
        "planning/rollout.py",
        "failed=() if rollout.rollback_of is None else rollout.failed,",
        "failed=(),",
        *_TOLD,
    ),
    _of(
        "of a paused rollout is said that it goes on by itself",
        "planning/rollout_notices.py",
        "if rollout.last_good is not None and rollout.pause is None:",
        "if rollout.last_good is not None:",
        *_TOLD,
    ),
    _of(
        "a dry run remembers what it did not send",
        "runtime/prospect.py",
        "            return dryrun.CONDITION",
        "            return None",
        "tests/unit/runtime/test_dry_run.py",
    ),
    _of(
        "a freeze leaves what waits to be sent",
        "runtime/desk.py",
        "dropped = self._executor.drop()",
        "dropped: tuple[Action, ...] = ()",
        "tests/unit/runtime/test_commands.py",
    ),
    _of(
        "what is not saved is not held",
        "runtime/keeping.py",
        "            self._memory.unsaved[name] = None\n",
        "",
        *_KEEPER,
    ),
    _of(
        "what the store has is overwritten by a guess",
        "runtime/keeping.py",
        "if self._recalled and held.rollout",
        "if held.rollout",
        *_KEEPER,
    ),
    _of(
        "a newer daemonctl's state is overwritten",
        "runtime/keeper.py",
        "        if key in self._locked:\n            raise",
        "        if False:\n            raise",
        *_KEEPER,
    ),
    _of(
        "what is to go is forgotten with the process",
        "runtime/reconcile.py",
        "self._replace(removal.recall(self.desired, fact.removals))",
        "self._replace(self.desired)",
        *_REMOVALS,
    ),
    _of(
        "what was confirmed is forgotten with the first look at the definitions",
        "runtime/ledger.py",
        "DaemonMemory(misplaced_until=held.misplaced_until, rollout=held.rollout)",
        "DaemonMemory(rollout=held.rollout)",
        *_REMOVALS,
    ),
    _of(
        "a confirmation outlives its day",
        "planning/removal.py",
        "until if until is not None and until > now else None",
        "until",
        "tests/unit/planning/test_removal.py",
    ),
    _of(
        "one that is back in the config is on its way out all the same",
        "planning/removal.py",
        "fresh = [spec for spec in back if spec.name not in names]",
        "fresh = back",
        "tests/unit/planning/test_removal.py",
    ),
    _of(
        "a cluster goes on before the one before it has looked",
        "runtime/procession.py",
        "looked is None or looked < since",
        "looked is None",
        *_KNOWN,
    ),
    _of(
        "a bad revision goes on to the next cluster",
        "runtime/procession.py",
        "good = rollout.target == rollout.asked and rollout.pause is None",
        "good = rollout.pause is None",
        *_KNOWN,
    ),
    _of(
        "without a token somebody may change something",
        "http/operate.py",
        "if not self.authenticates:",
        "if False:",
        "tests/unit/http/test_operate.py",
    ),
    _of(
        "a page of another origin may change something",
        "http/auth.py",
        "refuse_foreign(request, advertise)",
        "pass",
        "tests/unit/http/test_operate.py",
    ),
)
