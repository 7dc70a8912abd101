"""`daemonctl rollout …` against the HTTP API."""

from __future__ import annotations

import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from msgspec.structs import replace

from daemonctl.cli import rolling
from daemonctl.cli.failure import FailError
from daemonctl.cli.server import Server
from daemonctl.model.memory import DaemonMemory, Memory
from daemonctl.model.reason import Condition, Notice
from daemonctl.model.rollout import (
    FailedInstance,
    HistoryEntry,
    Outcome,
    Pause,
    Phase,
    Revision,
    Rollout,
)
from daemonctl.runtime.commands import Verb
from tests.unit.cli.conftest import Cli, Serving


def revision(ex: SimpleNamespace, number: int) -> Revision:
    return Revision(ex.definition("consul-agent", number, 128).arn)


def rollout(ex: SimpleNamespace, **more: Any) -> Rollout:
    """From revision 3, which was good, to 4."""
    old, new = revision(ex, 3), revision(ex, 4)
    entries = (
        HistoryEntry(1, old, ex.NOW - 7200, "config", Outcome.COMPLETE),
        HistoryEntry(2, new, ex.NOW - 60, "config"),
    )
    made = Rollout(new, new, last_good=old, phase=Phase.ROLLING, began=ex.NOW, history=entries)
    return replace(made, **more)


def show(ex: SimpleNamespace, example: SimpleNamespace, held: Rollout | None) -> None:
    memory = Memory(daemons={ex.AGENT: DaemonMemory(rollout=held)})
    example.show(memory=memory)


def rolled_back(ex: SimpleNamespace, phase: Phase = Phase.STEADY) -> Rollout:
    entries = rollout(ex).history
    failed = FailedInstance(ex.instance_arn("b"), ex.NOW, "it ended by itself", "agent", 1)
    return rollout(
        ex,
        target=revision(ex, 3),
        rollback_of=revision(ex, 4),
        phase=phase,
        failed=(failed,),
        history=(
            entries[0],
            replace(entries[1], outcome=Outcome.ROLLED_BACK),
            HistoryEntry(3, revision(ex, 3), ex.NOW, "rollback of 2", Outcome.COMPLETE),
        ),
    )


def done(ex: SimpleNamespace) -> Rollout:
    first, last = rollout(ex).history
    complete = (first, replace(last, outcome=Outcome.COMPLETE))
    return rollout(ex, phase=Phase.STEADY, history=complete, last_good=revision(ex, 4))


@pytest.mark.parametrize(
    ("held", "exits", "words"),
    [
        (done, 0, "consul-agent on web: rolled out; consul-agent:4: 2 of 4 updated, 2 available"),
        (lambda _: None, 0, "the cluster has not been seen whole yet"),
        (rollout, 0, "consul-agent on web: to consul-agent:4: 2 of 4 updated, 2 available"),
        (
            lambda ex: rollout(ex, phase=Phase.CANARY, canaries=(ex.instance_arn("a"),)),
            0,
            "consul-agent:4 on 1 instance first; 2 of 4 updated",
        ),
        (
            lambda ex: rollout(ex, phase=Phase.BAKING),
            0,
            "consul-agent:4 runs everywhere and is watched; 2 of 4 updated",
        ),
        (
            lambda ex: rollout(ex, pause=Pause(ex.NOW, "by ann: it is Friday")),
            0,
            "(since 2027-01-15 08:00:00 UTC by ann: it is Friday)",
        ),
        (lambda ex: rollout(ex, phase=Phase.HALTED), 1, "halted: consul-agent:4 failed on 0 inst"),
        (lambda ex: rollout(ex, phase=Phase.UNCLEAR), 1, "unclear: tasks of several revisions"),
        (rolled_back, 1, "consul-agent:4 failed and was rolled back; consul-agent:3: 2 of 4"),
    ],
)
def test_how_it_stands(
    *,
    ex: SimpleNamespace,
    example: SimpleNamespace,
    cli: Cli,
    serving: Serving,
    held: Callable[[SimpleNamespace], Rollout | None],
    exits: int,
    words: str,
) -> None:
    show(ex, example, held(ex))
    with serving(example) as url:
        result = cli("rollout", "status", "consul-agent", "--watch=false", "--server", url)
    assert result.exit_code == exits
    assert words in " ".join(result.stdout.split())
    assert result.stderr.count("\n") == exits


def test_a_failure_names_instances_containers_and_exit_codes(
    ex: SimpleNamespace, example: SimpleNamespace, cli: Cli, serving: Serving
) -> None:
    show(ex, example, rolled_back(ex))
    with serving(example) as url:
        result = cli("rollout", "status", "consul-agent", "--server", url)
        described = cli("status", "consul-agent", "--server", url)
    where = "i-bbbbbbbbbbbbbbbbb: container agent exited with 1: it ended by itself"
    assert (result.exit_code, where in " ".join(result.stdout.split())) == (1, True)
    assert "`daemonctl events --daemon consul-agent` tells more" in result.stderr
    text = " ".join(described.stdout.split())
    assert where in text
    assert "Config asks for: consul-agent:4" in text


def test_it_waits_and_tells_each_step_once(
    ex: SimpleNamespace,
    example: SimpleNamespace,
    serving: Serving,
    capsys: pytest.CaptureFixture[str],
) -> None:
    steps = [rollout(ex), rollout(ex, phase=Phase.BAKING), done(ex)]
    show(ex, example, rollout(ex))

    def sleep(_seconds: float) -> None:
        show(ex, example, steps.pop(0))

    with serving(example) as url:
        rolling.show_rollout(
            Server(url), None, "table", "consul-agent", watch=True, timeout=None, sleep=sleep
        )
    told = capsys.readouterr().out
    assert steps == []
    assert [told.count(each) for each in ("to consul-agent:4", "is watched", "rolled out")] == [
        1,
        1,
        1,
    ]


def test_it_waits_no_longer_than_it_is_told(
    ex: SimpleNamespace, example: SimpleNamespace, serving: Serving
) -> None:
    show(ex, example, rollout(ex))
    time = iter((0.0, 1.0, 2.0, 30.0))
    with (
        serving(example) as url,
        pytest.raises(FailError, match="consul-agent is not rolled out after 30 s on web"),
    ):
        rolling.show_rollout(
            Server(url),
            None,
            "table",
            "consul-agent",
            watch=True,
            timeout=30.0,
            sleep=lambda _: None,
            clock=lambda: next(time),
        )


def test_history(ex: SimpleNamespace, example: SimpleNamespace, cli: Cli, serving: Serving) -> None:
    show(ex, example, rolled_back(ex))
    with serving(example) as url:
        result = cli("rollout", "history", "consul-agent", "--server", url)
        raw = cli("rollout", "history", "consul-agent", "--server", url, "-o", "json")
        none = cli("rollout", "history", "registrator", "--server", url)
    lines = [line.split() for line in result.stdout.splitlines()]
    assert lines[1] == ["REVISION", "TASK", "DEFINITION", "AGE", "OUTCOME", "CAUSE"]
    assert [(line[0], line[1], line[3]) for line in lines[2:]] == [
        ("1", "consul-agent:3", "COMPLETE"),
        ("2", "consul-agent:4", "ROLLED_BACK"),
        ("3", "consul-agent:3", "COMPLETE"),
    ]
    assert lines[4][4:] == ["rollback", "of", "2"]
    [document] = json.loads(raw.stdout)["clusters"]
    assert [each["number"] for each in document["rollout"]["history"]] == [1, 2, 3]
    assert "No rollouts yet." in none.stdout


@pytest.mark.parametrize(
    ("words", "verb", "revision", "reason"),
    [
        (("pause",), Verb.PAUSE, None, ""),
        (("pause", "--reason", "it is Friday"), Verb.PAUSE, None, "it is Friday"),
        (("resume",), Verb.RESUME, None, ""),
        (("undo",), Verb.UNDO, None, ""),
        (("undo", "--to-revision", "3"), Verb.UNDO, 3, ""),
        (("restart",), Verb.RESTART, None, ""),
    ],
)
def test_steering(
    *,
    example: SimpleNamespace,
    cli: Cli,
    serving: Serving,
    token: str,
    words: tuple[str, ...],
    verb: Verb,
    revision: int | None,
    reason: str,
) -> None:
    with serving(example, token) as url:
        result = cli("rollout", *words, "registrator", "--server", url, "--token-file", token)
    assert (result.exit_code, result.stdout) == (0, "web: it was done\n")
    [(command, alias)] = example.orders.heard
    assert (command.verb, command.daemon, alias) == (verb, "registrator", "web")
    assert (command.revision, command.reason) == (revision, reason)


def test_on_several_clusters_one_must_be_chosen(
    ex: SimpleNamespace, example: SimpleNamespace, cli: Cli, serving: Serving, token: str
) -> None:
    spec = replace(ex.SPEC, alias="logs", name="logs")
    example.clusters.append(ex.Live(ex.facts(spec=spec), ex.plan({})))
    with serving(example, token) as url:
        asked = ("rollout", "undo", "registrator", "--server", url, "--token-file", token)
        both = cli(*asked)
        one = cli(*asked, "--cluster", "logs")
        none = cli("rollout", "undo", "nope", "--server", url, "--token-file", token)
    assert '"registrator" is on each of web, logs; choose with --cluster' in both.stderr
    assert one.exit_code == 0
    assert 'no daemon "nope"; there are: consul-agent, registrator' in none.stderr
    assert [alias for _, alias in example.orders.heard] == ["logs"]


def test_what_else_keeps_it_from_going_on_is_said(
    ex: SimpleNamespace, example: SimpleNamespace, cli: Cli, serving: Serving
) -> None:
    conditions = (
        Condition(Notice.STOPS_HELD, "voluntary stops wait"),
        Condition(Notice.SLOW_START, "of the other one", "registrator"),
    )
    memory = Memory(daemons={ex.AGENT: DaemonMemory(rollout=rollout(ex))})
    example.show(memory=memory, conditions=conditions)
    asked = ("rollout", "status", "consul-agent", "--watch=false")
    with serving(example) as url:
        told = " ".join(cli(*asked, "--server", url).stdout.split())
        assert "; waits: voluntary stops wait" in told
        assert "Waits:            voluntary" in cli("status", asked[2], "--server", url).stdout
        show(ex, example, done(ex))
        assert "waits" not in cli(*asked, "--server", url).stdout


def test_a_task_definition_that_is_not_there_is_no_rollout_and_said_in_status(
    ex: SimpleNamespace, example: SimpleNamespace, cli: Cli, serving: Serving
) -> None:
    lost = replace(ex.DESIRED.daemons[0], definition=None, fault="consul-agent:9 does not exist")
    desired = replace(ex.DESIRED, daemons=(lost, *ex.DESIRED.daemons[1:]))
    memory = Memory(daemons={ex.AGENT: DaemonMemory(rollout=done(ex))})
    example.show(desired=desired, memory=memory)
    with serving(example) as url:
        result = cli("rollout", "status", "consul-agent", "--server", url)
        status = cli("status", "--server", url)
    assert result.exit_code == 1
    assert "consul-agent on web: consul-agent:9 does not exist" in result.stderr
    assert "! consul-agent: consul-agent:9 does not exist" in status.stdout
