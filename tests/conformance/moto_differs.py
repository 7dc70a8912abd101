"""Where moto answers otherwise, and what our answer rests on. Nothing else may differ."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase


@dataclass(frozen=True)
class Difference:
    """One way in which moto differs from what is documented.

    Attributes:
        where: Patterns of ``Operation path.of.member``, as in `fnmatch`.
        moto: What moto does.
        fact: The documented fact that ours rests on, with its source.
    """

    where: tuple[str, ...]
    moto: str
    fact: str

    def covers(self, operation: str, path: str) -> bool:
        """It is about this place of this operation's answer."""
        return any(fnmatchcase(f"{operation} {path}", pattern) for pattern in self.where)


TASKS = ("StartTask tasks.", "RunTask tasks.", "StopTask task.", "DescribeTasks tasks.")
HOSTS = (
    "DescribeContainerInstances containerInstances.",
    "UpdateContainerInstancesState containerInstances.",
    "DeregisterContainerInstance containerInstance.",
)
DEFINITIONS = tuple(
    f"{verb}TaskDefinition taskDefinition." for verb in ("Register", "Deregister", "Describe")
)
CLUSTERS = (
    "CreateCluster cluster.", "DescribeClusters clusters.", "DeleteCluster cluster.",
    "PutClusterCapacityProviders cluster.",
)  # fmt: skip
SERVICES = ("CreateService service.", "UpdateService service.", "DeleteService service.",
            "DescribeServices services.")  # fmt: skip


def members(prefixes: tuple[str, ...], *names: str) -> tuple[str, ...]:
    """Patterns of members of the same thing in several answers."""
    return tuple(prefix + name for prefix in prefixes for name in names)


DIFFERENCES: tuple[Difference, ...] = (
    # clusters and capacity providers
    Difference(
        members(CLUSTERS, "capacityProviders", "defaultCapacityProviderStrategy", "statistics",
                "tags"),
        "leaves out the lists of a cluster that are empty or were not asked for; DeleteCluster "
        "shows its tags",
        "Cluster has these members; tags come with include=TAGS (API reference, DescribeClusters)",
    ),
    Difference(
        members(CLUSTERS, "settings"),
        "always shows the setting containerInsights",
        "settings come with include=SETTINGS (API reference, DescribeClusters)",
    ),
    Difference(
        ("*CapacityProvider* capacityProvider*.autoScalingGroupProvider.managed*",
         "*CapacityProvider* capacityProvider*.tags", "*CapacityProvider* capacityProvider*.type"),
        "fills in managed scaling and termination protection; no tags, no type",
        "what was asked for is shown; CapacityProvider has tags and type (API reference)",
    ),
    Difference(
        ("DescribeCapacityProviders failures.arn",),
        "writes capacity_provider in the ARN of what it does not know",
        "…:capacity-provider/NAME (API reference, CapacityProvider)",
    ),
    # task definitions
    Difference(
        (*members(DEFINITIONS, "compatibilities", "registeredAt", "deregisteredAt", "registeredBy",
                  "requiresAttributes"), "RegisterTaskDefinition tags"),
        "leaves out (de)registeredAt, registeredBy, requiresAttributes and empty tags; EC2 only",
        "TaskDefinition has these members (API reference)",
    ),
    Difference(
        ("DescribeTaskDefinition refused", "DescribeTaskDefinition taskDefinition"),
        "shows an INACTIVE revision for a family that has no ACTIVE one",
        "family = latest ACTIVE; unknown: ClientException (§1, §8)",
    ),
    # container instances
    Difference(
        ("ListContainerInstances containerInstanceArns", "ListContainerInstances nextToken",
         "ListContainerInstances refused"),
        "ignores filter, status, maxResults; an unknown cluster is empty",
        "page 1-100; status; ClusterNotFoundException (§1, §8)",
    ),
    Difference(
        members(HOSTS, "attachments", "version", "versionInfo.*", "attributes*"),
        "no version, attachments and capabilities; an agent of its own",
        "version rises with each event-producing change; ecs.capability.* (§2, §8)",
    ),
    Difference(
        members(HOSTS, "registeredResources.*", "remainingResources.*", "runningTasksCount"),
        "always CPU 4096 and MEMORY 7482; stopped and duplicate tasks are booked otherwise; a "
        "DAEMON service starts nothing",
        "remaining resources and counts follow the tasks that desire to run (§2, §8)",
    ),
    Difference(
        ("DescribeContainerInstances failures.arn", "UpdateContainerInstancesState failures.arn"),
        "the old short ARN for an unknown instance",
        "ARNs: …:container-instance/CLUSTER/ID (§1)",
    ),
    Difference(
        ("DescribeContainerInstances containerInstances", "DescribeContainerInstances failures",
         *members(("DeregisterContainerInstance containerInstance.",), "agentConnected", "status")),
        "a deregistered instance is gone at once, never INACTIVE",
        "INACTIVE, unlisted, describable ~1 h (§2, §8)",
    ),
    Difference(
        ("RegisterContainerInstance *",),
        "needs an instance of its own EC2, else 500",
        "every member but the cluster is optional (API reference, RegisterContainerInstance)",
    ),
    Difference(
        ("DiscoverPollEndpoint *",),
        "names localhost, where no agent would find anything; no serviceConnectEndpoint",
        "an agent opens `<endpoint>/ws`; serviceConnectEndpoint (API reference, "
        "DiscoverPollEndpoint)",
    ),
    Difference(
        ("PutAttributes *", "DeleteAttributes *", "ListAttributes *"),
        "PutAttributes is uncapped and answers nothing",
        "≤10 per call; attributes are answered (§1, §8; API reference, PutAttributes)",
    ),
    # tasks
    Difference(
        ("StartTask failures", "StartTask tasks", "StartTask refused"),
        "failures always []: no check of ports or of the definition's status; an unknown instance "
        "is a 500; no cap of 10 instances; startedBy unchecked",
        "RESOURCE:PORTS, MISSING; ≤10 instances; startedBy ≤36 of letters, digits, - _ /; an "
        "inactive definition is an exception (§1, §8)",
    ),
    Difference(
        ("ListTasks taskArns", "ListTasks refused"),
        "no RUNNING default; startedBy can be combined; what it should have refused is there",
        "default desiredStatus RUNNING; startedBy must be the only filter (§1, §8)",
    ),
    Difference(
        ("DescribeTasks failures",),
        "an unknown task is no failure",
        "failures[] MISSING (§1, §8)",
    ),
    Difference(
        ("StopTask refused",),
        "an unknown task is a 500",
        "InvalidParameterException: The referenced task was not found (§1, §8)",
    ),
    Difference(
        members(TASKS, "lastStatus", "containers.lastStatus", "containers.exitCode",
                "containers.healthStatus", "containers.runtimeId"),
        "RUNNING at once and, frozen, for ever; STOPPED at once when told; containers stay PENDING "
        "with exitCode 0, and HEALTHY",
        "PENDING, RUNNING, STOPPED; exitCode absent until exit; healthStatus only from a "
        "healthCheck (§3, §8)",
    ),
    Difference(
        members(TASKS, "createdAt", "startedAt", "stop*", "executionStoppedAt", "pullSt*",
                "version", "connectivity*", "attributes", "availabilityZone", "cpu", "memory",
                "enableExecuteCommand", "healthStatus", "launchType", "startedBy", "overrides.*",
                "containers.networkBindings", "tags"),
        "no createdAt, startedAt, version, connectivity, stopCode, stoppedAt and other members; "
        "empty words where there is nothing to say; a stopped task keeps its tags",
        "Task has these members; a member without a value is absent; a stop deletes the tags "
        "(§1, §3, §8)",
    ),
    Difference(
        members(TASKS, "containers.containerArn", "containers.taskArn"),
        "containers named after the task definition",
        "taskArn: the task that the container belongs to (API reference, Container)",
    ),
    # services
    Difference(
        members(SERVICES, "createdAt", "deploymentConfiguration", "enable*", "networkConfiguration",
                "placement*", "tags", "taskSets", "deployments.platformFamily"),
        "leaves out createdAt, deploymentConfiguration and placement; empty members of other "
        "launch types and controllers",
        "Service has these members; defaults are shown (API reference, §6)",
    ),
    Difference(
        members(SERVICES, "desiredCount", "runningCount", "pendingCount", "deployments.*Count",
                "deployments.rollout*", "events", "status"),
        "its services run nothing after a pending task, say nothing, never complete a deployment "
        "and are INACTIVE at once; a DAEMON service starts nothing",
        "one task per ACTIVE instance (§6); events; a deleted service is DRAINING while its tasks "
        "stop (API reference, DeleteService; §8)",
    ),
    Difference(
        ("DescribeServices failures.arn",),
        "the old short ARN for an unknown service",
        "…:service/CLUSTER/NAME (API reference, Service)",
    ),
    # queues
    Difference(
        ("SetQueueAttributes refused", "GetQueueAttributes Attributes.VisibilityTimeout"),
        "takes a VisibilityTimeout beyond its bounds",
        "max 43200 (§4)",
    ),
    Difference(
        ("ReceiveMessage Messages.ReceiptHandle",),
        "other words in receipt handles",
        "opaque; new ReceiptHandle per receive (§4)",
    ),
    # machines and groups
    Difference(
        ("DescribeInstances Reservations.Instances.*",),
        "more of EC2 than an ECS host needs; a terminated instance keeps its addresses",
        "a terminated instance has no network any more (EC2 user guide)",
    ),
    Difference(
        ("DescribeLifecycleHooks *", "DeleteLifecycleHook refused",
         "TerminateInstanceInAutoScalingGroup Activity.*"),
        "always a GlobalTimeout of 48 h; empty targets; a hook that is not there can be deleted; "
        "the activity is over at once",
        "GlobalTimeout: 48 hours or 100 times the heartbeat timeout, whichever is smaller (API "
        "reference, LifecycleHook)",
    ),
)  # fmt: skip
