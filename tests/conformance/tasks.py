"""Facts §3: the life of a task, why it ended, and its containers."""

from __future__ import annotations

from tests.conformance.place import Place
from tests.conformance.table import fact


@fact(
    3,
    "lastStatus: … PENDING → … RUNNING → DEACTIVATING → STOPPING → … STOPPED. "
    "desiredStatus RUNNING or STOPPED.",
    wire=True,
)
def the_life_of_a_task(ecs: Place) -> None:
    ecs.behave("*", stop_seconds=(5.0, 5.0))
    (task,) = ecs.start(ecs.hosts[0])
    seen = []
    for wait in (1.0, 5.0, 0.0, 1.0, 10.0):
        if wait == 0.0:
            ecs.call("StopTask", task=task)
        row = ecs.after(wait).task(task)
        seen.append((row["lastStatus"], row["desiredStatus"]))
    assert seen[1:] == [
        ("RUNNING", "RUNNING"), ("DEACTIVATING", "STOPPED"), ("STOPPING", "STOPPED"),
        ("STOPPED", "STOPPED"),
    ]  # fmt: skip
    assert seen[0][0] in {"PENDING", "RUNNING"}


@fact(
    3,
    "stopCode TaskFailedToStart, EssentialContainerExited, UserInitiated, "
    "ServiceSchedulerInitiated, TerminationNotice; stoppedReason `Essential container in "
    "task exited`; `Task stopped by user` or the given reason; `Scaling activity "
    "initiated by (deployment ecs-svc/…)`; `Host EC2 (instance i-…) terminated.`",
)
def why_tasks_end(ecs: Place) -> None:
    ecs.behave("elasticsearch", pull_failure="manifest unknown")
    first, second, third = ecs.hosts
    exited, asked = ecs.start(first)[0], ecs.start(first, family="registrator")[0]
    (unpulled,), (hosted,) = ecs.start(second, family="elasticsearch"), ecs.start(third)
    ecs.call("CreateService", serviceName="s", taskDefinition="kibana", desiredCount=1)
    (scaled,) = ecs.after(10).listed(serviceName="s")
    ecs.do("kill_task", exited, exit_code=1)
    ecs.call("StopTask", task=asked)
    ecs.call("UpdateService", service="s", desiredCount=0)
    ecs.do("terminate", third)
    ecs.after(200)
    deployment = ecs.service("s")["deployments"][0]["id"]
    host = ecs.cluster.instances[third].host.id
    ends = [ecs.task(task) for task in (exited, asked, unpulled, scaled, hosted)]
    assert [(end["stopCode"], end["stoppedReason"]) for end in ends] == [
        ("EssentialContainerExited", "Essential container in task exited"),
        ("UserInitiated", "Task stopped by user"),
        ("TaskFailedToStart", "Task failed to start"),
        ("ServiceSchedulerInitiated", f"Scaling activity initiated by (deployment {deployment})"),
        ("TerminationNotice", f"Host EC2 (instance {host}) terminated."),
    ]
    reason = ends[2]["containers"][0]["reason"]
    assert reason == "CannotPullContainerError: manifest unknown"


@fact(
    3,
    "Containers: name, lastStatus, exitCode (absent until exit), runtimeId, healthStatus,"
    " networkBindings; cpu/memory strings.",
    wire=True,
)
def containers(ecs: Place) -> None:
    (task,) = ecs.start(ecs.hosts[0], family="kibana")
    (row,) = ecs.after(5).task(task)["containers"]
    assert (row["name"], row["lastStatus"], row["cpu"], row["memory"]) == (
        "kibana", "RUNNING", "256", "1024",
    )  # fmt: skip
    assert "exitCode" not in row
    assert row["runtimeId"]
    (binding,) = row["networkBindings"]
    assert binding["containerPort"] == 5601
    assert 32_768 <= binding["hostPort"] <= 60_999
    ecs.do("kill_task", task, exit_code=7)
    assert ecs.task(task)["containers"][0]["exitCode"] == 7


@fact(
    3,
    "healthStatus HEALTHY|UNHEALTHY|UNKNOWN, only from a task-definition healthCheck. "
    "Standalone tasks are NOT replaced when UNHEALTHY.",
    wire=True,
)
def health(ecs: Place) -> None:
    check = {"command": ["CMD-SHELL", "true"]}
    ecs.register("checked", {"name": "a", "healthCheck": check})
    tasks = ecs.start(ecs.hosts[0], family="checked") + ecs.start(ecs.hosts[1])

    def seen() -> list[str]:
        return [ecs.task(task)["healthStatus"] for task in tasks]

    ecs.after(5)
    assert seen() == ["UNKNOWN", "UNKNOWN"]
    ecs.after(30)
    assert seen() == ["HEALTHY", "UNKNOWN"]
    ecs.do("set_health", tasks[0], "UNHEALTHY")
    ecs.after(600)
    assert seen() == ["UNHEALTHY", "UNKNOWN"]
    assert ecs.task(tasks[0])["lastStatus"] == "RUNNING"


@fact(
    3,
    "Stale while the agent is disconnected (task `connectivity` CONNECTED|DISCONNECTED, "
    "`connectivityAt`).",
    wire=True,
)
def connectivity(ecs: Place) -> None:
    (task,) = ecs.start(ecs.hosts[0])
    before = ecs.after(5).task(task)
    ecs.do("disconnect", ecs.hosts[0])
    after = ecs.task(task)
    assert (before["connectivity"], after["connectivity"]) == ("CONNECTED", "DISCONNECTED")
    assert after["connectivityAt"] > before["connectivityAt"]


@fact(
    3,
    "restartPolicy (per container: enabled, ignoredExitCodes ≤50, restartAttemptPeriod "
    "60-1800 s, default 300) restarts in place, same task.",
)
def restart_policy(ecs: Place) -> None:
    for family, policy in (("plain", {}), ("short", {"restartAttemptPeriod": 60}),
                           ("picky", {"ignoredExitCodes": [9]})):  # fmt: skip
        ecs.register(family, {"name": "a", "restartPolicy": {"enabled": True, **policy}})
    plain, short, picky = (
        ecs.start(ecs.hosts[0], family=f)[0] for f in ("plain", "short", "picky")
    )
    ecs.after(100)
    for task, code in ((plain, 1), (short, 1)):
        ecs.do("kill_task", task, exit_code=code)
    assert ecs.task(plain)["lastStatus"] == "STOPPED"  # ran less than 300 s
    assert ecs.task(short)["lastStatus"] == "RUNNING"
    ecs.after(300).do("kill_task", picky, exit_code=9)
    assert ecs.task(picky)["lastStatus"] == "STOPPED"


@fact(
    3,
    "STOPPED tasks remain describable ≥1 h.",
    wire=True,
)
def stopped_tasks_stay(ecs: Place) -> None:
    (task,) = ecs.start(ecs.hosts[0])
    ecs.after(5).do("kill_task", task)
    assert ecs.after(3_599).task(task)["lastStatus"] == "STOPPED"


@fact(
    3,
    "`startedBy`: own value for StartTask, `ecs-svc/<id>` for services. `group`: "
    "`family:x` / `service:x`.",
    wire=True,
)
def who_started_it(ecs: Place) -> None:
    ecs.call("CreateService", serviceName="s", taskDefinition="kibana", desiredCount=1)
    (mine,) = ecs.start(ecs.hosts[0], startedBy="me")
    (theirs,) = ecs.after(10).listed(serviceName="s")
    assert [ecs.task(mine)[key] for key in ("startedBy", "group")] == ["me", "family:consul-agent"]
    row = ecs.task(theirs)
    assert row["group"] == "service:s"
    assert row["startedBy"] == ecs.service("s")["deployments"][0]["id"]
    assert row["startedBy"].startswith("ecs-svc/")
