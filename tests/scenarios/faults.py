"""A controller in trouble as a process, and what is seen of it from outside while that lasts."""

from __future__ import annotations

import json
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

from tests.scenarios.processes import (
    Controller,
    Ecs,
    closing,
    program,
    write_config,
)

FAMILIES = ("consul-agent", "registrator")
GLANCE = 0.1
"""Seconds between two looks of the watch."""

Slots = Counter[tuple[str, str]]
"""Live tasks of ours by (container instance, group)."""


class Watch:
    """Looks all the time, beside the test: is the controller live, does a slot hold two tasks?

    The truth is the local ECS's own: no fault strikes its control plane.
    """

    def __init__(self, ecs: Ecs, controller: Controller) -> None:
        self.looks = 0
        self.troubles: list[str] = []
        self._ecs = ecs
        self._controller = controller
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._over.wait(GLANCE):
            self._live()
            doubled = [slot for slot, count in slots(self._ecs).items() if count > 1]
            self.troubles += [f"doubled: {slot}" for slot in doubled]
            self.looks += 1

    def _live(self) -> None:
        try:
            with urlopen(f"{self._controller.metrics}/livez", timeout=10):  # noqa: S310  ours
                pass
        except (HTTPError, URLError, OSError) as no:
            self.troubles.append(f"/livez: {no}")


def tasks_there(ecs: Ecs) -> list[dict[str, str]]:
    """All tasks, from the control plane."""
    with urlopen(f"{ecs.endpoint}/_local/state", timeout=10) as answer:  # noqa: S310  ours
        tasks: list[dict[str, str]] = json.load(answer)["clusters"]["local"]["tasks"]
    return tasks


def slots(ecs: Ecs) -> Slots:
    """Our live tasks by slot, by the truth."""
    live = [task for task in tasks_there(ecs) if task["desiredStatus"] == "RUNNING"]
    return Counter((task["containerInstanceArn"], task["group"]) for task in live)


class Scene:
    """A local ECS, a controller and a watch over them."""

    def __init__(self, ecs: Ecs, config: Path, controller: Controller) -> None:
        self.ecs = ecs
        self.controller = controller
        self._ages = (0.0, 0.0)
        self._config = config

    def struck(self, kind: str) -> int:
        """How often a fault struck, by `local fault list`."""
        return int(self._row(kind).rpartition(" ")[2])

    def lasts(self, kind: str) -> bool:
        return " off " not in self._row(kind)

    def _row(self, kind: str) -> str:
        rows = self.ecs.local("fault", "list").splitlines()
        return next(row for row in rows if row.split()[0] == kind)

    def begin(self) -> None:
        """What came of events before now does not count."""
        self._ages = self._events()

    def age_of_events(self) -> float:
        """Seconds, on average; 0 while none came since `begin`."""
        (old_sum, old_count), (ages, count) = self._ages, self._events()
        return (ages - old_sum) / (count - old_count) if count > old_count else 0.0

    def _events(self) -> tuple[float, float]:
        return (
            self.controller.counted("event_age_seconds_sum"),
            self.controller.counted("event_age_seconds_count"),
        )

    def journal(self, code: str) -> str:
        """The words of the journal's rows with a code, a line each."""
        rows = json.loads(self.controller.get("/v1/events?limit=1000"))["events"]
        return "\n".join(row["words"] for row in rows if row["code"] == code)

    def status(self) -> str:
        return self.controller.get("/v1/status")

    def words(self) -> str:
        """Why the cluster cannot be read, by the status; "" while it can."""
        cluster = self.controller.cluster()
        return str(cluster["words"]) if cluster["state"] == "unreachable" else ""

    def ready(self) -> tuple[int, ...]:
        return tuple(self.controller.ready(family) for family in FAMILIES)

    def settled(self, instances: int) -> bool:
        """Whether each instance runs both daemons and the controller knows; from the truth."""
        return len(slots(self.ecs)) == 2 * instances and self.ready() == (instances, instances)

    def listed(self) -> Slots:
        """Our RUNNING tasks by slot, as anybody sees them through boto3."""
        arns = self.ecs.boto.list_tasks(cluster="local", startedBy="daemonctl/scene")["taskArns"]
        tasks = self.ecs.boto.describe_tasks(cluster="local", tasks=arns)["tasks"] if arns else []
        running = [task for task in tasks if task["lastStatus"] == "RUNNING"]
        return Counter((task["containerInstanceArn"], task["group"]) for task in running)

    def ever(self) -> int:
        """How many tasks there ever were of the two families, stopped ones included."""
        found: dict[str, None] = {}
        for family in FAMILIES:
            for status in ("RUNNING", "STOPPED"):
                asked = {"cluster": "local", "family": family, "desiredStatus": status}
                found |= dict.fromkeys(self.ecs.boto.list_tasks(**asked)["taskArns"])
        return len(found)

    def some_task(self) -> str:
        """One of our tasks that run, by the truth."""
        running = (t for t in tasks_there(self.ecs) if t["lastStatus"] == "RUNNING")
        return next((task["taskArn"] for task in running), "")

    def plan_exits(self) -> int:
        command = program("plan", "--config", str(self._config))
        told = subprocess.run(command, env=self.ecs.env, capture_output=True, check=False)
        return told.returncode


@contextmanager
def scene(
    folder: Path, instances: int, cluster: str, before: Callable[[Ecs], object]
) -> Iterator[Scene]:
    """Both processes; `before` happens when the local ECS is up and no controller runs yet.

    At the end: always live, never doubled, nothing that the check had to drop.
    """
    ecs = Ecs(folder, "--instances", str(instances), "--seed", "7")
    with closing(ecs):
        queue = f'events: {{queueUrl: "{ecs.queue()}"}}'
        config = write_config(
            folder, f"name: local, region: us-east-1, {cluster.replace('QUEUE', queue)}"
        )
        before(ecs)
        controller = Controller(config, ecs.env)
        with closing(controller):
            seen = Scene(ecs, config, controller)
            with Watch(ecs, controller) as watch:
                yield seen
            assert watch.looks > 0
            assert watch.troubles == []
            assert controller.counted("invariant_violations_total") == 0
            assert "Traceback" not in controller.said()


def within(seconds: float, there: Callable[[], bool], what: Callable[[], object]) -> None:
    """Waits for what may take longer than `eventually` has patience."""
    deadline = time.monotonic() + seconds
    while not there():
        assert time.monotonic() < deadline, what()
        time.sleep(GLANCE)
