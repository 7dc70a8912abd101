"""Attributes in ECS's own name: what a task definition requires and what an agent offers.

The names are those that ECS answers in ``requiresAttributes`` and agents register; the table
covers the common parameters of task definitions on EC2 (source: amazon-ecs-agent's capabilities).
"""

from __future__ import annotations

from daemonctl.local.world.fields import Params, part, parts, text

DOCKER = "com.amazonaws.ecs.capability.docker-remote-api."
LOGGING = "com.amazonaws.ecs.capability.logging-driver."

Requirement = tuple[str, str | None]

OFFERED: tuple[Requirement, ...] = (
    *((f"{DOCKER}1.{minor}", None) for minor in range(17, 45)),
    *(
        (f"{LOGGING}{driver}", None)
        for driver in ("awsfirelens", "awslogs", "fluentd", "gelf", "journald", "json-file",
                       "none", "splunk", "syslog")
    ),
    ("com.amazonaws.ecs.capability.ecr-auth", None),
    ("com.amazonaws.ecs.capability.privileged-container", None),
    ("com.amazonaws.ecs.capability.selinux", None),
    ("com.amazonaws.ecs.capability.task-iam-role", None),
    ("com.amazonaws.ecs.capability.task-iam-role-network-host", None),
    ("ecs.capability.aws-appmesh", None),
    ("ecs.capability.container-health-check", None),
    ("ecs.capability.container-ordering", None),
    ("ecs.capability.container-restart-policy", None),
    ("ecs.capability.docker-plugin.local", None),
    ("ecs.capability.efs", None),
    ("ecs.capability.efsAuth", None),
    ("ecs.capability.env-files.s3", None),
    ("ecs.capability.execution-role-awslogs", None),
    ("ecs.capability.execution-role-ecr-pull", None),
    ("ecs.capability.firelens.fluentbit", None),
    ("ecs.capability.firelens.fluentd", None),
    ("ecs.capability.full-sync", None),
    ("ecs.capability.pid-ipc-namespace-sharing", None),
    ("ecs.capability.private-registry-authentication.secretsmanager", None),
    ("ecs.capability.secrets.asm.environment-variables", None),
    ("ecs.capability.secrets.ssm.environment-variables", None),
    ("ecs.capability.task-cpu-mem-limit", None),
    ("ecs.capability.task-eia", None),
    ("ecs.capability.task-eni", None),
)  # fmt: skip
"""What a current agent on Amazon Linux offers; each is an attribute without a value."""


BY_MEMBER: dict[str, tuple[str, ...]] = {
    "privileged": ("com.amazonaws.ecs.capability.privileged-container",),
    "memoryReservation": (f"{DOCKER}1.21",),
    "user": (f"{DOCKER}1.17",),
    "readonlyRootFilesystem": (f"{DOCKER}1.17",),
    "healthCheck": ("ecs.capability.container-health-check", f"{DOCKER}1.24"),
    "dependsOn": ("ecs.capability.container-ordering",),
    "environmentFiles": ("ecs.capability.env-files.s3",),
    "repositoryCredentials": (
        "ecs.capability.private-registry-authentication.secretsmanager",
        f"{DOCKER}1.19",
    ),
}
"""What a member of a container definition requires wherever it is set."""


def required(params: Params) -> tuple[Requirement, ...]:
    """The ``requiresAttributes`` of a task definition that is being registered."""
    found: dict[Requirement, None] = {}
    for name in _of_task(params):
        found[name, None] = None
    for container in parts(params, "containerDefinitions"):
        for name in _of_container(container, bool(text(params, "executionRoleArn"))):
            found[name, None] = None
    return tuple(found)


def _of_task(params: Params) -> list[str]:
    names: list[str] = []
    if text(params, "taskRoleArn"):
        host = text(params, "networkMode") == "host"
        names += [
            "com.amazonaws.ecs.capability.task-iam-role" + ("-network-host" if host else ""),
            f"{DOCKER}1.17",
        ]
    if text(params, "networkMode") == "awsvpc":
        names.append("ecs.capability.task-eni")
    if text(params, "pidMode") or text(params, "ipcMode"):
        names.append("ecs.capability.pid-ipc-namespace-sharing")
    if text(params, "cpu") or text(params, "memory"):
        names.append("ecs.capability.task-cpu-mem-limit")
    for volume in parts(params, "volumes"):
        docker = part(volume, "dockerVolumeConfiguration")
        if docker:
            names.append(f"ecs.capability.docker-plugin.{text(docker, 'driver') or 'local'}")
        if part(volume, "efsVolumeConfiguration"):
            names.append("ecs.capability.efs")
    return names


def _of_container(row: Params, has_execution_role: bool) -> list[str]:  # noqa: FBT001  one fact
    names = _of_logs_and_image(row, has_execution_role)
    for member, needed in BY_MEMBER.items():
        if row.get(member):
            names += needed
    if part(row, "restartPolicy").get("enabled"):
        names.append("ecs.capability.container-restart-policy")
    router = text(part(row, "firelensConfiguration"), "type")
    if router:
        names.append(f"ecs.capability.firelens.{router}")
    for secret in parts(row, "secrets"):
        store = "asm" if ":secretsmanager:" in (text(secret, "valueFrom") or "") else "ssm"
        names.append(f"ecs.capability.secrets.{store}.environment-variables")
    return names


def _of_logs_and_image(row: Params, has_role: bool) -> list[str]:  # noqa: FBT001  one fact
    names: list[str] = []
    driver = text(part(row, "logConfiguration"), "logDriver")
    if driver:
        names += [f"{LOGGING}{driver}", f"{DOCKER}1.{'19' if driver == 'awslogs' else '18'}"]
        if driver == "awslogs" and has_role:
            names.append("ecs.capability.execution-role-awslogs")
    if ".dkr.ecr." in (text(row, "image") or ""):
        names += ["com.amazonaws.ecs.capability.ecr-auth", f"{DOCKER}1.19"]
        if has_role:
            names.append("ecs.capability.execution-role-ecr-pull")
    return names
