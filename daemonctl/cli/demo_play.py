"""How the demo proceeds: do something, then look until it is seen to hold or time is up."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Event
from urllib.request import ProxyHandler, build_opener

from botocore.exceptions import BotoCoreError, ClientError
from click import ClickException
from msgspec import Struct

from daemonctl.cli.client import Client
from daemonctl.cli.demo_ecs import Ecs
from daemonctl.cli.demo_screen import Screen
from daemonctl.cli.demo_stage import CLUSTER, Stage
from daemonctl.cli.local_client import LocalEcs
from daemonctl.cli.server import Server
from daemonctl.runtime.report import (
    ClusterStatus,
    DaemonDocument,
    DaemonStatus,
    InstanceDocument,
    InstanceRow,
    InstancesPage,
    Status,
)
from daemonctl.runtime.report_rows import VerdictRow

_LOOK_SECONDS = 0.15
_PATIENCE = 4.0
"""So many times as long as a step should take is waited: a busy machine is no fault of it."""


class Sight(Struct, frozen=True):
    """What was seen, in words that are true whether or not it is what was waited for."""

    held: bool
    words: str


class DidNotHoldError(Exception):
    """A step was not seen to hold in time."""


class EndedError(Exception):
    """Somebody ended the demo."""


class Play:
    """The stage, eyes for it (the public API and ECS, nothing else), and a screen to tell on."""

    def __init__(self, stage: Stage, screen: Screen, ending: Event) -> None:
        self.stage = stage
        self.screen = screen
        self._ending = ending

    def see(self, seconds: float, look: Callable[[], Sight]) -> None:
        """Look until it holds, and tell it.

        Raises:
            DidNotHoldError: Not within a multiple of so many seconds; the words say what was seen.
            EndedError: Somebody ended the demo meanwhile.
            StageError: A process of the demo has ended.
        """
        seconds *= _PATIENCE
        deadline = time.monotonic() + seconds
        while True:
            sight = self._look(look)
            if sight.held:
                self.screen.line(sight.words)
                return
            if time.monotonic() > deadline:
                raise DidNotHoldError(f"not within {seconds:.0f} s; what was seen: {sight.words}")
            self.screen.waiting(sight.words, *self._picture())
            self.pause(_LOOK_SECONDS)

    def until(self, seconds: float, there: Callable[[], bool], what: str) -> None:
        """Wait for a process, telling nothing. Raises as ``see``."""
        seconds *= _PATIENCE
        deadline = time.monotonic() + seconds
        while not there():
            if time.monotonic() > deadline:
                raise DidNotHoldError(f"not within {seconds:.0f} s: {what}")
            self.screen.waiting(what, (), ())
            self.pause(_LOOK_SECONDS / 3)

    def pause(self, seconds: float) -> None:
        """Let time pass. Raises EndedError, StageError."""
        if self._ending.wait(seconds):
            raise EndedError
        self.stage.check()

    @property
    def ecs(self) -> Ecs:
        """ECS, by boto3."""
        if self._ecs is None:
            self._ecs = Ecs(self.stage.endpoint)
        return self._ecs

    _ecs: Ecs | None = None

    def local(self, *path: str, body: dict[str, object]) -> dict[str, object]:
        """Let something happen to hosts or tasks."""
        return LocalEcs(self.stage.endpoint).ask("POST", *path, body=body)

    def cluster(self) -> ClusterStatus:
        """The cluster as /v1/status has it."""
        return self._client.get(Status, "status").clusters[0]

    def daemon(self, name: str) -> DaemonStatus | None:
        """One daemon of it; None: the config in force has none of that name."""
        return next((each for each in self.cluster().daemons if each.name == name), None)

    def document(self, name: str) -> DaemonDocument:
        """One daemon with its rollout."""
        return self._client.get(DaemonDocument, "clusters", CLUSTER, "daemons", name)

    def instances(self) -> tuple[InstanceRow, ...]:
        """Every instance with a verdict per daemon."""
        page = self._client.get(InstancesPage, "clusters", CLUSTER, "instances", limit=1000)
        return page.instances

    def verdict(self, instance: str, daemon: str) -> VerdictRow:
        """What the controller says of a daemon on an instance."""
        path = ("clusters", CLUSTER, "instances", instance)
        rows = self._client.get(InstanceDocument, *path).instance.verdicts
        return next(each for each in rows if each.daemon == daemon)

    def counted(self, metric: str, label: str = "") -> int:
        """The sum over the series of a metric, those whose labels contain ``label``."""
        opener = build_opener(ProxyHandler({}))
        with opener.open(f"{self.stage.metrics}/metrics", timeout=5) as answer:
            lines = answer.read().decode().splitlines()
        rows = (line for line in lines if line.startswith(f"daemonctl_{metric}"))
        return int(sum(float(row.rpartition(" ")[2]) for row in rows if label in row))

    @property
    def _client(self) -> Client:
        return Client(Server(self.stage.server))

    def _look(self, look: Callable[[], Sight]) -> Sight:
        try:
            return look()
        except (ClickException, BotoCoreError, ClientError, OSError) as error:
            return Sight(False, f"no answer: {error}")

    def _picture(self) -> tuple[tuple[DaemonStatus, ...], tuple[InstanceRow, ...]]:
        if not self.screen.live or not self.stage.server:
            return (), ()
        try:
            return self.cluster().daemons, self.instances()
        except ClickException:
            return (), ()
