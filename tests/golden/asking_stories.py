"""Stories of a controller that cannot be asked, or has not what it is asked for."""

from __future__ import annotations

import tempfile
from contextlib import chdir
from pathlib import Path
from unittest import mock

from daemonctl.cli.client import Client
from daemonctl.model.ids import DaemonName
from daemonctl.runtime.commands import Command, Verb
from tests.golden.common import Story, converged
from tests.golden.stage import Stage
from tests.stand_ins.answers import answering, silent

NOBODY = "http://127.0.0.1:9"  # discard: nobody listens there
USUAL = "http://127.0.0.1:8080"


async def nobody_listens(stage: Stage) -> None:
    stage.says("No controller runs where it is asked for.")
    for words in (
        ("status",),
        ("instances",),
        ("explain", "i-0dca"),
        ("plan", "--server"),
        ("rollout", "status", "consul-agent"),
        ("events", "-f"),
        ("freeze",),
    ):
        stage.types_at(NOBODY, *words)


async def wrong_address(stage: Stage) -> None:
    stage.says("The address is none, or of something else.")
    stage.types_at("127.0.0.1:8080", "status")
    stage.types_at("http://user:secret@127.0.0.1:8080", "status")
    with answering(404, b"<html>not here</html>") as url:
        stage.calls(url, USUAL)
        stage.types_at(url, "status")
    with answering(200, b"<html>welcome</html>") as url:
        stage.calls(url, USUAL)
        stage.types_at(url, "status")
    with answering(200, b'{"version": "9.9"}', "application/json") as url:
        stage.calls(url, USUAL)
        stage.types_at(url, "status")
    with answering(502, b"<html>bad gateway</html>") as url:
        stage.calls(url, USUAL)
        stage.types_at(url, "status")
    with silent() as url, mock.patch.dict(Client.__init__.__kwdefaults__, {"timeout": 0.2}):
        stage.calls(url, USUAL)
        stage.types_at(url, "status")


async def token(stage: Stage) -> None:
    stage.says("The API wants a token; none is sent, then a wrong one, then files of no use.")
    stage.seed()
    with tempfile.TemporaryDirectory() as folder, chdir(folder):
        good, wrong, empty = (Path(name) for name in ("token", "wrong", "empty"))
        good.write_text("t0ken\n")
        wrong.write_text("t1ken\n")
        empty.write_text("")
        with stage.listening(token_file=str(good)) as url:
            stage.calls(url, USUAL)
            stage.types_at(url, "status")
            stage.types_at(url, "status", DAEMONCTL_TOKEN_FILE=str(wrong))
            stage.types_at(url, "status", "--token-file", str(empty))
            stage.types_at(url, "status", "--token-file", "missing")
            good.unlink()
            stage.types_at(url, "status", DAEMONCTL_TOKEN_FILE=str(wrong))


async def not_seen_yet(stage: Stage) -> None:
    stage.says("The controller has just begun: nothing has been listed yet.")
    stage.seed()
    stage.start()
    stage.status()
    stage.table()
    stage.explain("i-0dca")
    stage.plan()
    stage.rollout_status("consul-agent")
    stage.events()


async def unknown_names(stage: Stage) -> None:
    stage.says("What is named is not there, or there twice.")
    await converged(stage)
    for words in (
        ("status", "consul-agnt"),
        ("status", "--cluster", "loca"),
        ("explain", "i-fff"),
        ("explain", "i-f"),
        ("instances", "--verdict", "BACKOF"),
        ("instances", "--zone", "us-east-1z"),
        ("rollout", "status", "nope"),
        ("rollout", "undo", "consul-agent"),
        ("events", "--kind", "actions"),
        ("events", "--since", "5 minutes"),
        ("statsu",),
        ("status", "--clutser", "local"),
        ("explain",),
    ):
        stage.types(*words)


async def frozen(stage: Stage) -> None:
    stage.says("Somebody froze every write, and paused consul-agent; then an instance comes.")
    await converged(stage)
    await stage.order(Command(Verb.FREEZE, "alice"))
    await stage.order(Command(Verb.PAUSE, "alice", DaemonName("consul-agent"), reason="look"))
    stage.world.add_instances("local", 1, stage.now)
    await stage.passes(30)
    stage.status()
    stage.table()
    stage.plan()
    stage.rollout_status("consul-agent")
    stage.events(kind="COMMAND")


async def queue_gone(stage: Stage) -> None:
    stage.says("Somebody deleted the events queue.")
    await converged(stage)
    stage.world.call("sqs", "DeleteQueue", {"QueueUrl": stage.queue}, stage.now)
    await stage.passes(60)
    stage.status()
    stage.types("rollout", "status", "consul-agent")


STORIES: tuple[Story, ...] = (
    nobody_listens,
    wrong_address,
    token,
    not_seen_yet,
    unknown_names,
    frozen,
    queue_gone,
)
