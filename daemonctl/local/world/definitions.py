"""Operations on task definitions: register, deregister, describe, list."""

from __future__ import annotations

import re

from daemonctl.local.world.capabilities import required
from daemonctl.local.world.core import Core
from daemonctl.local.world.definition import (
    LEAST_MEMORY,
    ContainerDefinition,
    Definition,
    container_of,
    needs_of,
)
from daemonctl.local.world.errors import WorldError, client
from daemonctl.local.world.fields import (
    Answer,
    Params,
    need_text,
    part,
    parts,
    tag_rows,
    tags_of,
    text,
    texts,
)
from daemonctl.local.world.pages import slice_page

FAMILY = re.compile(r"[A-Za-z0-9_-]{1,255}")
MOST_CONTAINERS = 10
KEPT = (
    "family", "taskRoleArn", "executionRoleArn", "networkMode", "containerDefinitions", "volumes",
    "placementConstraints", "requiresCompatibilities", "cpu", "memory", "pidMode", "ipcMode",
    "proxyConfiguration", "inferenceAccelerators", "ephemeralStorage", "runtimePlatform",
    "enableFaultInjection",
)  # fmt: skip
ARCHITECTURES = {"X86_64": "x86_64", "ARM64": "arm64"}


def register(core: Core, params: Params, now: float) -> Answer:
    """RegisterTaskDefinition: "new revision every call"."""
    family = need_text(params, "family", "Family should not be null or empty.")
    if not FAMILY.fullmatch(family):
        raise client("Family contains invalid characters.")
    mode = text(params, "networkMode") or "bridge"
    containers = _containers(params, mode)
    tags = tags_of(params)
    revisions = core.families.setdefault(family, [])
    revision = revisions[-1].revision + 1 if revisions else 1
    platform = part(params, "runtimePlatform")
    cpu, memory = text(params, "cpu"), text(params, "memory")
    definition = Definition(
        arn=core.names.arn("task-definition", f"{family}:{revision}"),
        family=family,
        revision=revision,
        network_mode=mode,
        containers=containers,
        task_cpu=_units(cpu),
        task_memory=_units(memory),
        needs=needs_of(containers, _units(cpu), _units(memory), {}),
        requires=required(params),
        os_type=_os_type(text(platform, "operatingSystemFamily")),
        architecture=ARCHITECTURES.get(text(platform, "cpuArchitecture") or ""),
        wire={key: params[key] for key in KEPT if key in params},
        registered_at=now,
        tags=tags,
    )
    revisions.append(definition)
    core.definitions[definition.arn] = definition
    return {"taskDefinition": wire(definition), "tags": tag_rows(tags)}


def deregister(core: Core, params: Params, now: float) -> Answer:
    """DeregisterTaskDefinition: ACTIVE → INACTIVE; running tasks stay."""
    name = need_text(params, "taskDefinition")
    definition = find(core, name)
    if definition is None or ":" not in name:
        raise client("The specified task definition does not exist.")
    if definition.status == "ACTIVE":
        definition.status, definition.deregistered_at = "INACTIVE", now
    return {"taskDefinition": wire(definition)}


def describe(core: Core, params: Params, _now: float) -> Answer:
    """DescribeTaskDefinition: by family (its latest ACTIVE revision), family:revision or ARN."""
    definition = find(core, need_text(params, "taskDefinition"))
    if definition is None:
        raise client("Unable to describe task definition.")
    answer: Answer = {"taskDefinition": wire(definition)}
    if "TAGS" in texts(params, "include"):
        answer["tags"] = tag_rows(definition.tags)
    return answer


def list_definitions(core: Core, params: Params, _now: float) -> Answer:
    """ListTaskDefinitions: familyPrefix is a full family name, sort ASC or DESC."""
    family, status = text(params, "familyPrefix"), text(params, "status") or "ACTIVE"
    families = sorted(core.families) if family is None else [family]
    rows = [
        definition.arn
        for name in families
        for definition in core.families.get(name, [])
        if definition.status == status
    ]
    if text(params, "sort") == "DESC":
        rows.reverse()
    found, token = slice_page(params, rows)
    return {"taskDefinitionArns": found} | ({"nextToken": token} if token else {})


def list_families(core: Core, params: Params, _now: float) -> Answer:
    """ListTaskDefinitionFamilies: by a real prefix; ACTIVE ones have an ACTIVE revision."""
    prefix, status = text(params, "familyPrefix") or "", text(params, "status") or "ALL"
    rows = [
        family
        for family in sorted(core.families)
        if family.startswith(prefix)
        and (status == "ALL" or (status == "ACTIVE") == _is_active(core, family))
    ]
    found, token = slice_page(params, rows)
    return {"families": found} | ({"nextToken": token} if token else {})


def find(core: Core, name: str) -> Definition | None:
    """A task definition by family (latest ACTIVE), family:revision or ARN."""
    if name.startswith("arn:"):
        return core.definitions.get(name)
    if ":" in name:
        return core.definitions.get(core.names.arn("task-definition", name))
    active = [row for row in core.families.get(name, []) if row.status == "ACTIVE"]
    return active[-1] if active else None


def find_to_run(core: Core, name: str) -> Definition:
    """A task definition that tasks may be started from.

    Raises:
        WorldError: unknown ("TaskDefinition not found.") or INACTIVE ("TaskDefinition is
            inactive", an exception and not a failure).
    """
    definition = find(core, name)
    if definition is None:
        raise client("TaskDefinition not found.")
    if definition.status != "ACTIVE":
        raise WorldError(core.switches.inactive_definition_code, "TaskDefinition is inactive")
    return definition


def wire(definition: Definition) -> Answer:
    """A task definition as ECS answers it."""
    answer: Answer = {
        "networkMode": definition.network_mode,
        "volumes": [],
        "placementConstraints": [],
        **definition.wire,
        "taskDefinitionArn": definition.arn,
        "revision": definition.revision,
        "status": definition.status,
        "compatibilities": ["EXTERNAL", "EC2"],
        "registeredAt": definition.registered_at,
        "registeredBy": "arn:aws:iam::000000000000:root",
        "requiresAttributes": [
            {"name": name} if value is None else {"name": name, "value": value}
            for name, value in definition.requires
        ],
        "containerDefinitions": [
            _container_wire(row) for row in parts(definition.wire, "containerDefinitions")
        ],
    }
    if definition.deregistered_at is not None:
        answer["deregisteredAt"] = definition.deregistered_at
    return answer


def _containers(params: Params, mode: str) -> tuple[ContainerDefinition, ...]:
    rows = parts(params, "containerDefinitions")
    if not rows:
        raise client("Container list cannot be empty.")
    if len(rows) > MOST_CONTAINERS:
        raise client("The task definition has too many containers, the limit is 10.")
    containers = tuple(container_of(row, mode) for row in rows)
    for container in containers:
        _check(container, has_task_memory=bool(text(params, "memory")))
    if len({container.name for container in containers}) < len(containers):
        raise client("Container name must be unique.")
    if not any(container.essential for container in containers):
        raise client("Task definition does not have any essential container.")
    return containers


def _check(container: ContainerDefinition, *, has_task_memory: bool) -> None:
    if not container.name:
        raise client("Container.name should not be null or empty.")
    if not container.image:
        raise client("Container.image should not be null or empty.")
    where = f"Invalid setting for container '{container.name}'."
    sizes = [size for size in (container.memory, container.reservation) if size is not None]
    if not sizes and not has_task_memory:
        raise client(f"{where} At least one of 'memory' or 'memoryReservation' must be specified.")
    if any(size < LEAST_MEMORY for size in sizes):
        raise client(f"{where} The minimum memory is {LEAST_MEMORY} MiB.")


def _container_wire(row: Params) -> Answer:
    return {
        "cpu": 0,
        "essential": True,
        "portMappings": [],
        "environment": [],
        "mountPoints": [],
        "volumesFrom": [],
        **row,
    }


def _is_active(core: Core, family: str) -> bool:
    return any(row.status == "ACTIVE" for row in core.families[family])


def _units(value: str | None) -> int | None:
    return int(value) if value is not None and value.isdigit() else None


def _os_type(family: str | None) -> str | None:
    if family is None:
        return None
    return "linux" if family == "LINUX" else "windows"
