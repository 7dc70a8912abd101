"""StartTask: what is asked, and what became of each instance."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from daemonctl.adapters.ecs.wire import ROLLBACK_TAG, Decoder
from daemonctl.model.cluster import Task
from daemonctl.model.ids import ContainerInstanceArn, group_of, short, started_by
from daemonctl.model.plan import StartTask
from daemonctl.ports import Refusal, StartAnswer, Wire

MOST = 10
"""Instances in one StartTask."""


def request(cluster: str, action: StartTask) -> dict[str, Any]:
    """The parameters of a StartTask.

    Raises:
        ValueError: more instances than ECS takes at once, or none.
    """
    if not 1 <= len(action.instances) <= MOST:
        raise ValueError(f"StartTask takes 1 to {MOST} instances, not {len(action.instances)}")
    params: dict[str, Any] = {
        "cluster": cluster,
        "containerInstances": list(action.instances),
        "taskDefinition": action.definition,
        "group": group_of(action.daemon),
        "startedBy": started_by(action.owner),
        "tags": [{"key": key, "value": value} for key, value in _tags(action).items()],
    }
    if action.overrides:
        params["overrides"] = json.loads(action.overrides)
    if action.propagate_tags:
        params["propagateTags"] = "TASK_DEFINITION"
    if action.enable_execute_command:
        params["enableExecuteCommand"] = True
    return params


def _tags(action: StartTask) -> Mapping[str, str]:
    back = {ROLLBACK_TAG: action.rollback_of} if action.rollback_of else {}
    return {
        **dict(action.tags),
        **back,
        "daemonctl:owner": action.owner,
        "daemonctl:daemon": action.daemon,
        "daemonctl:revision": revision_tag(action),
    }


def revision_tag(action: StartTask) -> str:
    """``family:revision``, with ``+`` and a digest where overrides make a difference.

    A tag's value holds 256 characters and neither braces, quotes nor ``#`` (API reference, Tag).
    """
    name = short(action.definition)
    if not action.overrides:
        return name
    return f"{name}+{hashlib.sha256(action.overrides.encode()).hexdigest()[:12]}"


def pair(action: StartTask, answer: Wire, decoder: Decoder, now: float) -> StartAnswer:
    """Every instance of the request, in one part of the answer.

    ECS names instances by ARN, in the long or the old short form. What it did not ask for is left
    out; an instance that appears nowhere, or only as what cannot be read, is unanswered.
    """
    by_id = {short(arn): arn for arn in action.instances}
    started: list[Task] = []
    settled: set[ContainerInstanceArn] = set()
    for row in answer.get("tasks") or ():
        task = _readable(decoder, row, now)
        instance = by_id.get(short(task.instance)) if task else None
        if task is not None and instance is not None:
            started.append(task)
            settled.add(instance)
    refused: dict[ContainerInstanceArn, Refusal] = {}
    for row in answer.get("failures") or ():
        instance = by_id.get(short(row.get("arn") or ""))
        if instance is not None and instance not in settled and instance not in refused:
            reason, detail = row.get("reason") or "", row.get("detail") or ""
            refused[instance] = Refusal(instance, str(reason), str(detail))
    return StartAnswer(
        started=tuple(started),
        refused=tuple(refused.values()),
        unanswered=tuple(a for a in action.instances if a not in settled and a not in refused),
    )


def _readable(decoder: Decoder, row: Wire, now: float) -> Task | None:
    try:
        return decoder.task(row, now)
    except ValueError:
        return None
