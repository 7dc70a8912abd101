"""What nobody could verify about ECS, one named switch each, with the cautious default.

Cautious means the answer that is harder on a controller, so that what holds here holds there.
The quoted words are those of the fact sheet that each switch rests on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

HOUR = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Switches:
    """Assumptions and spans of the simulated account; all spans are seconds.

    A span of two numbers is a range from which each single case is drawn evenly.
    """

    quota_scale: float = 1.0
    """Multiple of ECS's documented request quota; ``math.inf``: nothing is ever throttled."""

    started_by_combines: Literal["REFUSE", "AND", "IGNORE"] = "REFUSE"
    """"startedBy must be the only filter; what happens when combined, e.g. with desiredStatus
    (unverified)". REFUSE: an InvalidParameterException; AND: both count; IGNORE: startedBy wins."""

    draining_accepts_start_task: bool = True
    """"StartTask onto DRAINING: … nothing found for StartTask (unverified). Simulate both"."""

    stop_is_idempotent: bool = True
    """"repeat on a stopping/stopped task succeeds (unverified)". False: refused as not found."""

    state_update_emits: bool = True
    """"UpdateContainerInstancesState (very likely emits)", so an event unless switched off."""

    attributes_emit: bool = False
    """"Not listed, all (unverified): … PutAttributes": no event, and so no new version."""

    intermediate_statuses: bool = True
    """"EC2 host/bridge usually shows PENDING, RUNNING, STOPPED (unverified)". True: a task that
    was told to stop shows DEACTIVATING and STOPPING before STOPPED."""

    inactive_definition_code: Literal["ClientException", "InvalidParameterException"] = (
        "ClientException"
    )
    """"Inactive task definition is an exception …: ClientException or InvalidParameterException
    "TaskDefinition is inactive" (both seen)"."""

    listing_lag_seconds: tuple[float, float] = (0.0, 1.0)
    """"ListTasks may omit and DescribeTasks call MISSING a task just started": for this long."""

    short_pages: bool = True
    """"short pages may carry nextToken": a page looks at maxResults rows, then filters."""

    forced_deregistration_stops_tasks: bool = True
    """"Deregister with force orphans tasks (API doc: they keep running; events doc: ECS marks
    them stopped)". True: marked STOPPED. The host runs them on in either case."""

    ec2_stop_leaves_tasks_stuck: bool = False
    """"One report [I]: stuck at RUNNING/desired STOPPED until deregister --force"."""

    spot_draining: bool = False
    """"ECS_ENABLE_SPOT_INSTANCE_DRAINING=true → agent … sets itself DRAINING"; off by default."""

    ec2_start_registers_anew: bool = False
    """"Old agents [I]: duplicate with same ec2InstanceId, old ARN ACTIVE+disconnected"."""

    runtime_platform_refuses: bool = True
    """StartTask on another CPU architecture or OS than runtimePlatform says fails ATTRIBUTE."""

    agent_flap_seconds: tuple[float, float] | None = None
    """"Agent recycles its websocket every 30 min (+≤5)": (1800.0, 2100.0) makes every agent
    drop out and return that often. Off by default, so that a quiet world stays quiet."""

    flap_length_seconds: tuple[float, float] = (0.5, 5.0)
    """How long an agent is away when it flaps."""

    disconnect_lag_seconds: tuple[float, float] = (1.0, 120.0)
    """From a host's loss to agentConnected=false: "heartbeat timeout 1 min (+≤1)"."""

    deregister_lag_seconds: tuple[float, float] = (5.0, 60.0)
    """From EC2 terminate to INACTIVE. "Reported lag up to 20 min"."""

    boot_seconds: tuple[float, float] = (20.0, 60.0)
    """From EC2 start or reboot to the agent's return."""

    shutdown_seconds: tuple[float, float] = (2.0, 10.0)
    """From EC2 stop or terminate to the state stopped or terminated."""

    order_seconds: tuple[float, float] = (0.05, 0.5)
    """From an accepted StartTask or StopTask until the agent has the order."""

    stop_timeout_seconds: float = 30.0
    """SIGTERM, "then SIGKILL after 30 s (ECS_CONTAINER_STOP_TIMEOUT or stopTimeout)"."""

    scheduler_seconds: float = 1.0
    """From a change that concerns a service until its scheduler looks at it."""

    placement_retry_seconds: float = 15.0
    """How often a service that could not place all its tasks tries again."""

    stopped_visible_seconds: float = HOUR
    """"STOPPED tasks remain describable ≥1 h": the least is what is kept."""

    inactive_visible_seconds: float = HOUR
    """"INACTIVE, unlisted, describable ~1 h"."""

    version_info: tuple[tuple[str, str], ...] = (
        ("agentVersion", "1.89.0"),
        ("agentHash", "abcd1234"),
        ("dockerVersion", "DockerVersion: 25.0.6"),
    )
    """What agents report as versionInfo."""
