"""The local ECS's agent: whatever a task looks like and however its steps come out.

A toy engine carries the steps out, one at a time and in any order. It knows nothing of how the
agent decides, only what it was asked to do and what really runs.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from daemonctl.local.agent import happened
from daemonctl.local.agent.happened import Seen
from daemonctl.local.agent.record import RUNNING, STOPPED, Task
from daemonctl.local.agent.reports import accepted, next_report
from daemonctl.local.agent.steps import ABANDON, CREATE, PULL, START, STOP, Step, settle
from tests.unit.local.agent.given import NOW, container, needs, payload, task

CONDITIONS = ("START", "COMPLETE", "SUCCESS", "HEALTHY")
MANY = 200


@dataclass(frozen=True)
class Manner:
    """How a container behaves: what of it fails, whether it exits by itself, its health."""

    fails: str | None
    exit_code: int | None
    is_healthy: bool
    needs: tuple[tuple[int, str], ...]
    essential: bool
    start_timeout: int | None


@st.composite
def manners(draw: st.DrawFn) -> list[Manner]:
    found = [
        Manner(
            fails=draw(st.sampled_from([None, None, None, PULL, CREATE, START])),
            exit_code=draw(st.sampled_from([None, None, 0, 1])),
            is_healthy=draw(st.booleans()),
            needs=tuple(
                draw(st.dictionaries(st.integers(0, number - 1), st.sampled_from(CONDITIONS),
                                     max_size=2)).items()
                if number
                else ()
            ),
            essential=draw(st.booleans()),
            start_timeout=draw(st.sampled_from([None, 5])),
        )
        for number in range(draw(st.integers(1, 4)))
    ]  # fmt: skip
    return draw(st.permutations(found)) if not any(row.needs for row in found) else found


def made_of(rows: list[Manner]) -> Task:
    return task(
        payload(
            1,
            *(
                container(
                    f"c{number}",
                    essential=row.essential or len(rows) == 1,
                    dependsOn=[needs(f"c{other}", condition) for other, condition in row.needs],
                    startTimeout=row.start_timeout,
                )
                for number, row in enumerate(rows)
            ),
        )
    )


@dataclass
class Toy:
    """The engine, and what is true on it: by container what happened, in order."""

    task: Task
    rows: list[Manner]
    now: float = NOW
    waiting: list[Step] = field(default_factory=list)
    started: list[str] = field(default_factory=list)
    runs: set[str] = field(default_factory=set)
    codes: dict[str, int] = field(default_factory=dict)
    healthy: set[str] = field(default_factory=set)
    told: list[str] = field(default_factory=list)

    def manner(self, name: str) -> Manner:
        return self.rows[int(name[1:])]

    def look(self) -> float | None:
        """Let the agent decide, and take its orders."""
        steps, wake = settle(self.task, self.now)
        for step in steps:
            if step.kind == ABANDON:
                self.waiting = [row for row in self.waiting if row.container != step.container]
                del self.task.busy[step.container]
                continue
            assert step.container not in self.task.busy, "two steps at once"
            self.may(step)
            self.task.busy[step.container] = step.kind
            self.waiting.append(step)
        if any(step.kind == ABANDON for step in steps):
            return self.look()
        while (report := next_report(self.task, "local")) is not None:
            self.told.append(report.status)
            accepted(self.task, report)
        return wake

    def may(self, step: Step) -> None:
        """Orders that no agent may give."""
        name = step.container
        if step.kind == STOP:
            users = {
                f"c{number}"
                for number, row in enumerate(self.rows)
                if any(f"c{other}" == name for other, _ in row.needs)
            }
            assert name in self.runs
            assert not users & self.runs, "what others depend on ends last"
            return
        assert name not in self.started, "no container is begun twice"
        for other, condition in self.manner(name).needs:
            its = f"c{other}"
            assert {
                "START": its in self.started,
                "COMPLETE": its in self.codes,
                "SUCCESS": self.codes.get(its) == 0,
                "HEALTHY": its in self.runs and its in self.healthy,
            }[condition], (name, step.kind, its, condition)

    def carry_out(self, step: Step) -> None:
        name = step.container
        self.waiting.remove(step)
        del self.task.busy[name]
        if self.manner(name).fails == step.kind:
            happened.failed(self.task, name, step.kind, "no")
        elif step.kind == START:
            self.started.append(name)
            self.runs.add(name)
            self.show(name, "running")
        elif step.kind == STOP:
            self.end(name, 143)
        else:
            happened.done(self.task, name, step.kind)

    def end(self, name: str, code: int) -> None:
        if name in self.runs:
            self.runs.remove(name)
            self.codes[name] = code
            self.show(name, "exited")

    def show(self, name: str, status: str) -> None:
        health = "healthy" if name in self.healthy else "starting"
        seen = Seen(name, status, self.codes.get(name, 0), started_at=self.now, health=health)
        happened.seen(self.task, name, seen, self.now)

    def by_themselves(self) -> list[tuple[str, str]]:
        """What containers may do next of their own accord."""
        return [(name, "exit") for name in sorted(self.runs)
                if self.manner(name).exit_code is not None] + [
            (name, "heal") for name in sorted(self.runs - self.healthy)
            if self.manner(name).is_healthy
        ]  # fmt: skip

    def act(self, name: str, what: str) -> None:
        if what == "exit":
            self.end(name, self.manner(name).exit_code or 0)
        else:
            self.healthy.add(name)
            self.show(name, "running")


@given(manners(), st.data(), st.integers(0, 30))
def test_order_holds_and_every_task_comes_to_rest(
    rows: list[Manner], data: st.DataObject, stop_at: int
) -> None:
    toy = Toy(made_of(rows), rows)
    record = toy.task.record
    wake = toy.look()
    for number in range(MANY):
        if number == stop_at:
            record.desired = STOPPED
            wake = toy.look()
        moves: list[object] = [*toy.waiting, *toy.by_themselves()]
        if moves:
            move = data.draw(st.sampled_from(moves))
            if isinstance(move, Step):
                toy.carry_out(move)
            elif isinstance(move, tuple):
                toy.act(*move)
        elif wake is not None:
            assert wake > toy.now, "nothing is looked at again for nothing"
            toy.now = wake
        elif number > stop_at:
            break
        wake = toy.look()
    else:
        raise AssertionError("it goes on for ever")
    # it was told to stop: everything has ended
    assert toy.task.status == STOPPED
    assert toy.runs == set()
    for row in record.containers:
        assert row.status == STOPPED
        assert row.exit_code == toy.codes.get(row.name)
    statuses = list(dict.fromkeys(toy.told))
    assert statuses == ([RUNNING, STOPPED] if record.ran else [STOPPED])
    assert toy.told.count(STOPPED) == 1


@given(manners(), st.data())
def test_a_task_that_nobody_stops_ends_only_for_a_reason(
    rows: list[Manner], data: st.DataObject
) -> None:
    toy = Toy(made_of(rows), rows)
    wake = toy.look()
    while moves := [*toy.waiting, *toy.by_themselves()] or wake:
        if isinstance(moves, float):
            toy.now = moves
        else:
            move = data.draw(st.sampled_from(moves))
            if isinstance(move, Step):
                toy.carry_out(move)
            else:
                toy.act(*move)
        wake = toy.look()
    ended = {row.name for row in toy.task.record.containers if row.status == STOPPED}
    essential = {name for name, spec in toy.task.specs.items() if spec.essential}
    is_over = bool(ended & essential) or ended == set(toy.task.specs)
    assert (toy.task.status == STOPPED) == is_over
    assert (toy.task.record.reason is not None) == is_over
