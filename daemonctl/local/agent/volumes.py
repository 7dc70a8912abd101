"""The volumes of a task on its engine: which there must be, and how containers mount them."""

from __future__ import annotations

from daemonctl.local.agent.payload import ContainerPayload, Json, TaskPayload, Volume
from daemonctl.local.agent.record import Task

SHARED = "shared"


def of_task(task: Task) -> list[Json]:
    """What is to be created before the first container: Docker's VolumeCreate bodies.

    A shared volume is made here only with ``autoprovision``.
    """
    made: list[Json] = []
    for volume in task.payload.volumes:
        name = name_of(task, volume)
        if name is None:
            continue
        given = volume.docker_volume_configuration
        if given.scope == SHARED and not given.autoprovision:
            continue
        made.append(
            {
                "Name": name,
                "Driver": given.driver,
                "DriverOpts": dict(given.driver_opts),
                "Labels": dict(given.labels),
            }
        )
    return made


def own_names(task: Task) -> list[str]:
    """Those that end with the task."""
    return [
        name
        for volume in task.payload.volumes
        if volume.docker_volume_configuration.scope != SHARED
        if (name := name_of(task, volume)) is not None
    ]


def name_of(task: Task, volume: Volume) -> str | None:
    """The name that the engine knows a volume by; None for a folder of the host."""
    if volume.type != "docker" and volume.host.source_path:
        return None
    if volume.type == "docker" and volume.docker_volume_configuration.scope == SHARED:
        return volume.name
    payload: TaskPayload = task.payload
    return f"ecs-{payload.family}-{payload.version}-{volume.name}-{payload.arn.rpartition('/')[2]}"


def binds(task: Task, spec: ContainerPayload) -> list[str]:
    """Docker's ``Binds`` of one container."""
    by_name = {volume.name: volume for volume in task.payload.volumes}
    found: list[str] = []
    for mount in spec.mount_points:
        volume = by_name.get(mount.source_volume)
        if volume is None:
            continue
        source = name_of(task, volume) or volume.host.source_path
        found.append(f"{source}:{mount.container_path}" + (":ro" if mount.read_only else ""))
    return found
