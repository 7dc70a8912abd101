"""The frames of ACS, the websocket on which orders come: pure.

Every frame is ``{"type": T, "message": {…}}``; what is not understood is left alone, as an older
agent leaves alone what came later.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from daemonctl.local.agent.payload import STOPPED, Json

PAYLOAD, HEARTBEAT, MANIFEST = "PayloadMessage", "HeartbeatMessage", "TaskManifestMessage"
STOP_ACK, CLOSE, ERROR = "TaskStopVerificationAck", "CloseMessage", "ErrorMessage"


class Frame(msgspec.Struct):
    """One frame."""

    type: str
    message: Json = {}


def read_frame(text: str | bytes) -> Frame | None:
    """Read a frame; None: it is none."""
    try:
        return msgspec.json.decode(text, type=Frame)
    except msgspec.MsgspecError:
        return None


def frame(kind: str, message: Json) -> str:
    """Write a frame."""
    return msgspec.json.encode({"type": kind, "message": message}).decode()


def rows(message: Mapping[str, object], name: str) -> list[Json]:
    """Read a list of objects out of a message."""
    found = message.get(name)
    return [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []


def number(message: Mapping[str, object], name: str) -> int:
    """Read a whole number out of a message; 0: there is none."""
    found = message.get(name)
    return found if isinstance(found, int) else 0


def heartbeat_ack(message: Mapping[str, object]) -> str:
    return frame("HeartbeatAckRequest", {"messageId": message.get("messageId")})


def ack(message: Mapping[str, object], cluster: str, instance: str) -> str:
    """Acknowledge a message that is taken up."""
    body: Json = {
        "cluster": cluster,
        "containerInstance": instance,
        "messageId": message.get("messageId"),
    }
    return frame("AckRequest", body)


def stop_candidates(
    message: Mapping[str, object], known: Iterable[str], cluster_arn: str
) -> list[Json]:
    """Of the tasks that run here: those that a manifest does not want, to be verified."""
    wanted = {
        str(row.get("taskArn"))
        for row in rows(message, "tasks")
        if row.get("desiredStatus") != STOPPED
    }
    return [
        {"taskArn": arn, "taskClusterArn": cluster_arn, "desiredStatus": STOPPED}
        for arn in known
        if arn not in wanted
    ]


def verification(message: Mapping[str, object], candidates: list[Json]) -> str:
    """Ask whether these tasks are to be stopped."""
    body: Json = {"messageId": message.get("messageId"), "stopCandidates": candidates}
    return frame("TaskStopVerificationMessage", body)
