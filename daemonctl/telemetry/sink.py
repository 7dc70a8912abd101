"""The ``Sink``: one log line, one journal row and one count for everything that happens."""

from __future__ import annotations

from structlog.types import FilteringBoundLogger

from daemonctl.model.ids import short
from daemonctl.model.plan import Action, MarkOnce, SetGate, StartTask
from daemonctl.model.reason import Code, Condition, Verdict
from daemonctl.runtime.journal import Entry, Happened, Journal
from daemonctl.runtime.report_source import FAILING_CODES
from daemonctl.telemetry.logs import LEVELS
from daemonctl.telemetry.metrics import Metrics

_GOES_ON = (Code.BLOCKED, Code.STOPPING, Code.HELD)
"""Verdicts that every start passes through: they wait, and nobody needs to look."""

_GONE = "the instance left the cluster, or the daemon the config"

_OUTCOME_LEVEL = {
    "ok": "info",
    "dry-run": "info",
    "refused": "warning",
    "ambiguous": "warning",
    "dropped": "warning",
}


class Telemetry:
    """``ports.Sink`` over a log, the metrics and the journal. For the event loop's thread."""

    def __init__(self, log: FilteringBoundLogger, metrics: Metrics, journal: Journal) -> None:
        self._log = log
        self._metrics = metrics
        self._journal = journal
        self._unknown: dict[str, None] = {}

    def verdict(
        self, cluster: str, instance: str, daemon: str, old: Verdict | None, new: Verdict | None
    ) -> None:
        """A slot's verdict changed. A later ``until`` alone is no news."""
        if old is not None and new is not None and (old.code, old.words) == (new.code, new.words):
            return
        code = new.code.value if new is not None else "GONE"
        before = old.code.value if old is not None else ""
        words = new.words if new is not None else _GONE
        failing = new is not None and new.code in FAILING_CODES and new.code not in _GOES_ON
        self._write(
            "warning" if failing else "info",
            "verdict",
            Entry(Happened.VERDICT, cluster, daemon, short(instance), code=code, words=words),
            was=before,
        )

    def condition(self, cluster: str, condition: Condition, *, on: bool) -> None:
        """A condition came or went."""
        code = f"{condition.notice.value} {'on' if on else 'off'}"
        self._write(
            "warning" if on else "info",
            "condition",
            Entry(Happened.CONDITION, cluster, condition.daemon, code=code, words=condition.words),
        )

    def action(self, cluster: str, action: Action, outcome: str, words: str) -> None:
        """A call ended: one line and one count, and a row an instance in the journal."""
        level = _OUTCOME_LEVEL.get(outcome, "error")
        if isinstance(action, StartTask):
            name, arns, task = "StartTask", action.instances, ""
            extra: dict[str, object] = {"task_definition": short(action.definition)}
        elif isinstance(action, SetGate):
            name, arns, task = "PutAttributes", action.instances, ""
            extra = {"attribute": action.attribute, "value": action.value}
        elif isinstance(action, MarkOnce):
            name, arns, task = "PutAttributes", action.instances, ""
            extra = {"attribute": action.attribute}
        else:
            name, arns, task = "StopTask", (action.instance,), short(action.task)
            extra = {"task": task, "kind": action.kind.value, "reason": action.reason}
        told = words or action.words
        daemon = action.once if isinstance(action, MarkOnce) else action.daemon
        for arn in arns:
            code = f"{name} {outcome}"
            self._journal.add(Entry(Happened.ACTION, cluster, daemon, short(arn), task, code, told))
        self._say(
            level,
            name,
            cluster=cluster,
            daemon=daemon,
            instances=[short(arn) for arn in arns],
            outcome=outcome,
            words=told,
            **extra,
        )
        self.count("actions", cluster=cluster, daemon=daemon, action=name, outcome=outcome)

    def deed(self, cluster: str, action: str, outcome: str, words: str) -> None:
        """A chore's call ended."""
        entry = Entry(Happened.ACTION, cluster, code=f"{action} {outcome}", words=words)
        self._write(_OUTCOME_LEVEL.get(outcome, "error"), action, entry)

    def command(self, cluster: str, daemon: str, verb: str, outcome: str, words: str) -> None:
        """An operator asked for something; the words say who."""
        level = "info" if outcome == "done" else "warning"
        entry = Entry(Happened.COMMAND, cluster, daemon, code=f"{verb} {outcome}", words=words)
        self._write(level, "command", entry)

    def leadership(self, cluster: str, code: str, words: str) -> None:
        """Who leads has changed. The log has lines of its own for that."""
        self._journal.add(Entry(Happened.LEADERSHIP, cluster, code=code, words=words))

    def violation(self, cluster: str, invariant: str, words: str) -> None:
        """The check dropped an action: a bug and an alert."""
        entry = Entry(Happened.VIOLATION, cluster, code=invariant, words=words)
        self._write("error", "invariant violated, action dropped", entry)
        self.count("invariant_violations", cluster=cluster, invariant=invariant)

    def observe(self, name: str, value: float, **labels: str) -> None:
        """A measurement, in seconds."""
        if not self._metrics.observe(name, value, labels):
            self._lost(name)

    def count(self, name: str, **labels: str) -> None:
        """Something happened once."""
        if not self._metrics.count(name, labels):
            self._lost(name)

    def log(self, level: str, event: str, **fields: object) -> None:
        """One line for people."""
        self._say(level, event, **fields)

    def _write(self, level: str, event: str, entry: Entry, **more: str) -> None:
        self._journal.add(entry)
        told = {
            "cluster": entry.cluster,
            "daemon": entry.daemon,
            "instance": entry.instance,
            "code": entry.code,
            "words": entry.words,
            **more,
        }
        self._say(level, event, **{name: words for name, words in told.items() if words})

    def _say(self, level: str, event: str, **fields: object) -> None:
        self._log.log(LEVELS.get(level, LEVELS["info"]), event, **fields)

    def _lost(self, name: str) -> None:
        """A name that no metric has, or too many series: said once, never raised."""
        if name not in self._unknown:
            self._unknown[name] = None
            self._say(
                "error", "a measurement is lost: unknown metric or too many series", metric=name
            )
