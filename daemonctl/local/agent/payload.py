"""What the control plane asks for: the tasks of a ``PayloadMessage``.

The field names are those of the ECS agent's message model (``ecs-agent/acs/model/api``); what an
agent does not act on is left out and ignored where it comes.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

RUNNING, STOPPED = "RUNNING", "STOPPED"

Json = dict[str, object]

NETWORK_MODES = ("", "default", "bridge", "host", "none")
"""Of those that ECS has: not awsvpc."""

_JSON_TEXTS = ("overrides", "config", "hostConfig")


class BadPayloadError(ValueError):
    """A task that cannot be read; the text says which field and why."""


class _Wire(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """Read leniently: what is unknown is ignored."""


class PortMapping(_Wire, frozen=True):
    """One published port; ``host_port`` 0 lets the engine choose."""

    container_port: int = 0
    host_port: int = 0
    protocol: str = "tcp"
    container_port_range: str = ""

    @property
    def is_range(self) -> bool:
        """Many ports in one mapping."""
        return bool(self.container_port_range)


class MountPoint(_Wire, frozen=True):
    """Where a volume of the task appears in a container."""

    source_volume: str = ""
    container_path: str = ""
    read_only: bool = False


class VolumeFrom(_Wire, frozen=True):
    """All mounts of another container of the task."""

    source_container: str = ""
    read_only: bool = False


class Dependency(_Wire, frozen=True):
    """Wait for another container: START, COMPLETE, SUCCESS or HEALTHY."""

    container_name: str = ""
    condition: str = "START"


class DockerConfig(_Wire, frozen=True):
    """Parts of Docker's own API, as JSON text."""

    config: str = "{}"
    host_config: str = "{}"


class RestartPolicy(_Wire, frozen=True):
    """Restart in place, after having run for the period (seconds)."""

    enabled: bool = False
    ignored_exit_codes: tuple[int, ...] = ()
    restart_attempt_period: int = 300


class Overrides(_Wire, frozen=True):
    """What StartTask overrides in a container; memory in MiB, cpu in units of 1/1024 core."""

    command: tuple[str, ...] | None = None
    environment: Mapping[str, str] | tuple[Mapping[str, str], ...] | None = None
    cpu: int | None = None
    memory: int | None = None
    memory_reservation: int | None = None


class ContainerPayload(_Wire, frozen=True):
    """One container; memory in MiB, cpu in units of 1/1024 core, time-outs in seconds."""

    name: str
    image: str
    command: tuple[str, ...] | None = None
    entry_point: tuple[str, ...] | None = None
    environment: Mapping[str, str] = {}
    port_mappings: tuple[PortMapping, ...] = ()
    mount_points: tuple[MountPoint, ...] = ()
    links: tuple[str, ...] = ()
    volumes_from: tuple[VolumeFrom, ...] = ()
    essential: bool = True
    cpu: int = 0
    memory: int = 0
    overrides: str = "{}"
    depends_on: tuple[Dependency, ...] = ()
    start_timeout: int | None = None
    stop_timeout: int | None = None
    docker_config: DockerConfig = DockerConfig()
    restart_policy: RestartPolicy = RestartPolicy()


class VolumeHost(_Wire, frozen=True):
    """A folder of the host; without a path the agent makes one that ends with the task."""

    source_path: str = ""


class DockerVolume(_Wire, frozen=True):
    """A volume of Docker: of this task alone, or shared and kept."""

    scope: str = "task"
    autoprovision: bool = False
    driver: str = "local"
    driver_opts: Mapping[str, str] = {}
    labels: Mapping[str, str] = {}


class Volume(_Wire, frozen=True):
    """A volume that containers of the task may mount."""

    name: str
    type: str = "host"
    host: VolumeHost = VolumeHost()
    docker_volume_configuration: DockerVolume = DockerVolume()


class TaskPayload(_Wire, frozen=True):
    """One task; memory in MiB, cpu in cores."""

    arn: str
    family: str = ""
    version: str = ""
    desired_status: str = RUNNING
    network_mode: str = ""
    pid_mode: str = ""
    ipc_mode: str = ""
    cpu: float | None = None
    memory: int | None = None
    volumes: tuple[Volume, ...] = ()
    containers: tuple[ContainerPayload, ...] = ()


def read_task(raw: Mapping[str, object]) -> TaskPayload:
    """Read one element of a payload's ``tasks``.

    Raises:
        BadPayloadError: It is not what the protocol says.
    """
    try:
        found = msgspec.convert(_tidy(raw), TaskPayload, strict=False)
        for container in found.containers:
            overrides_of(container)
            docker_parts(container)
    except msgspec.ValidationError as no:
        raise BadPayloadError(f"task {raw.get('arn')}: {no}") from no
    return found


def not_built(task: TaskPayload) -> str | None:
    """Name what a task asks for that this agent cannot do and that no attribute tells of."""
    for key, value in (("pidMode", task.pid_mode), ("ipcMode", task.ipc_mode)):
        if value == "task":
            return f"{key} task"
    if task.network_mode not in NETWORK_MODES:
        return f"network mode {task.network_mode}"
    ranges = [row for spec in task.containers for row in spec.port_mappings if row.is_range]
    return "containerPortRange" if ranges else None


def overrides_of(container: ContainerPayload) -> Overrides:
    """Read the overrides, which come as JSON text.

    Raises:
        BadPayloadError: The text is not what the protocol says.
    """
    try:
        return msgspec.json.decode(container.overrides, type=Overrides, strict=False)
    except msgspec.MsgspecError as no:
        raise BadPayloadError(f"overrides of container {container.name}: {no}") from no


def docker_parts(container: ContainerPayload) -> tuple[Json, Json]:
    """Read the parts of Docker's Config and HostConfig that the payload brings as JSON text.

    Raises:
        BadPayloadError: The text is no JSON object.
    """
    given = container.docker_config
    try:
        return (
            msgspec.json.decode(given.config, type=Json),
            msgspec.json.decode(given.host_config, type=Json),
        )
    except msgspec.MsgspecError as no:
        raise BadPayloadError(f"dockerConfig of container {container.name}: {no}") from no


def _tidy(value: object) -> object:
    """Leave out nulls, which stand for absent, and empty texts where JSON belongs."""
    if isinstance(value, Mapping):
        return {
            str(key): _tidy(part)
            for key, part in value.items()
            if part is not None and not (part == "" and key in _JSON_TEXTS)
        }
    if isinstance(value, list | tuple):
        return [_tidy(part) for part in value]
    return value
