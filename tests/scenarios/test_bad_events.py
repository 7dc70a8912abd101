"""Messages that are no events of this cluster: counted, left or dropped, never fatal."""

from __future__ import annotations

import json
from pathlib import Path

from tests.scenarios.processes import Controller, Ecs, closing, eventually, write_config

TASK = "ECS Task State Change"
FOREIGN = "arn:aws:ecs:us-east-1:000000000000:cluster/other"
MINE = "arn:aws:ecs:us-east-1:000000000000:cluster/local"
NOT_JSON = "}{ not JSON \u2028 \U0001f642"
DEEP = "[" * 100_000
HUGE = json.dumps({"detail-type": TASK, "detail": {"clusterArn": MINE, "x": "y" * 261_000}})
LARGER = json.dumps({"detail-type": TASK, "detail": {"clusterArn": MINE, "x": "y" * 1_000_000}})
BROKEN = (
    NOT_JSON,
    DEEP,
    HUGE,
    LARGER,
    "[]",
    json.dumps({"detail-type": TASK, "detail": "words"}),
    json.dumps({"detail-type": TASK, "detail": {"clusterArn": MINE, "taskArn": 7}}),
)
UNKNOWN = (json.dumps({"detail-type": "EC2 Instance State-change Notification", "detail": {}}),)
OTHERS = (json.dumps({"detail-type": TASK, "detail": {"clusterArn": FOREIGN}}),)


def send(ecs: Ecs, folder: Path, body: str) -> None:
    message = folder / "message"  # too long for a command line
    message.write_text(body, "utf-8")
    ecs.aws(
        "sqs", "send-message", "--queue-url", ecs.queue(), "--message-body", f"file://{message}"
    )


def test_they_are_counted_and_the_next_event_is_acted_on(tmp_path: Path) -> None:
    ecs = Ecs(tmp_path, "--instances", "1")
    path = write_config(
        tmp_path, f'name: local, region: us-east-1, events: {{queueUrl: "{ecs.queue()}"}}'
    )
    with closing(ecs):
        controller = Controller(path, ecs.env)
        with closing(controller):
            eventually(lambda: controller.ready("registrator") == 1, controller.said)
            for body in (*BROKEN, *UNKNOWN, *OTHERS):
                send(ecs, tmp_path, body)

            def counted(outcome: str) -> float:
                return controller.counted("events_received_total", f'outcome="{outcome}"')

            eventually(lambda: counted("broken") >= len(BROKEN), controller.said)
            eventually(lambda: counted("unknown") >= len(UNKNOWN))
            eventually(lambda: counted("foreign") == len(OTHERS))
            applied = counted("applied")
            ecs.local("instance", "add")
            eventually(lambda: controller.ready("registrator") == 2, controller.said)
            assert counted("applied") > applied
            assert not controller.ended()
            assert controller.cluster()["state"] == "ready"
            assert "Traceback" not in controller.said()
            # Broken and unknown stay, for a dead-letter policy; the rest is deleted a moment later.
            eventually(lambda: left(ecs) == len(BROKEN) + len(UNKNOWN), lambda: state(ecs))


def left(ecs: Ecs) -> int:
    queue = json.loads(state(ecs))["queues"]["daemonctl-local"]
    return int(queue["visible"] + queue["inFlight"])


def state(ecs: Ecs) -> str:
    from urllib.request import urlopen  # noqa: PLC0415  used here alone

    with urlopen(f"{ecs.endpoint}/_local/state") as answer:  # noqa: S310  our own, on loopback
        text: str = answer.read().decode()
        return text
