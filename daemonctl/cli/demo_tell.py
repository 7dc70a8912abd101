"""Tells the demo from its first line to its exit code, and leaves nothing running."""

from __future__ import annotations

import signal
from collections.abc import Callable
from threading import Event
from types import FrameType

from daemonctl.cli.demo_play import DidNotHoldError, EndedError, Play
from daemonctl.cli.demo_screen import Screen
from daemonctl.cli.demo_stage import CLUSTER, Stage, StageError
from daemonctl.cli.demo_story import CHAPTERS, set_up, summary

_ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_BY_SIGNAL = 128
Handler = Callable[[int, FrameType | None], None]


def tell(*, keep: bool) -> int:
    """The exit code: 0 where each step held, 1 where one did not, 128 + n where a signal ended it.

    A signal only sets a mark that every wait looks at: no process is ever started and forgotten.
    """
    ending, by = Event(), []

    def end(number: int, _frame: FrameType | None) -> None:
        by.append(number)
        ending.set()

    before = {each: signal.signal(each, end) for each in _ENDINGS}
    screen, stage = Screen(), Stage()
    play = Play(stage, screen, ending)
    try:
        return _told(play, keep=keep)
    except EndedError:
        screen.close()
        screen.text(f"\nended by {signal.Signals(by[0]).name}; both processes end with it")
        return _BY_SIGNAL + by[0]
    finally:
        screen.close()
        stage.close()
        for number, handler in before.items():
            signal.signal(number, handler)


def _told(play: Play, *, keep: bool) -> int:
    screen = play.screen
    screen.text("A local ECS and a controller, each a process of its own. What happens to them is")
    screen.text("told as it is seen from outside: in the controller's API and, by boto3, in ECS.")
    screen.open()
    held = 0
    try:
        set_up(play)
        for number, (title, chapter) in enumerate(CHAPTERS, 1):
            screen.title(f"{number}  {title}")
            chapter(play)
            held = number
        screen.title(f"{held} of {len(CHAPTERS)} steps held")
        summary(play)
    except (DidNotHoldError, StageError) as error:
        screen.bad(f"did not hold: {error}")
        screen.bad(f"{held} of {len(CHAPTERS)} steps held")
        failed = True
    else:
        screen.good(f"done in {screen.elapsed():.0f} s")
        failed = False
    screen.close()
    if keep and play.stage.server:
        _keep(play)
    return 1 if failed else 0


def _keep(play: Play) -> None:
    stage, say = play.stage, play.screen.text
    say("\nIt runs on until Ctrl-C. In another shell:\n")
    say(f'  eval "$(daemonctl local env --endpoint {stage.endpoint})"')
    say(f"  export DAEMONCTL_SERVER={stage.server}\n")
    for command in (
        "daemonctl status --watch",
        "daemonctl instances",
        "daemonctl status profiler",
        "daemonctl rollout history consul-agent",
        f"aws ecs list-tasks --cluster {CLUSTER} --started-by daemonctl/demo",
        "daemonctl local instance add --count 5",
    ):
        say(f"  {command}")
    say(f"\nPage:     {stage.server}/")
    say(f"API:      {stage.server}/v1/status, {stage.server}/openapi.json")
    say(f"Metrics:  {stage.metrics}/metrics")
    say(f"Config:   {stage.config} (edit it: it is read again)")
    try:
        while True:
            play.pause(1.0)
    except EndedError:
        say("\nended; both processes end with it")
    except StageError as error:
        play.screen.bad(str(error))
