"""What a person can do: one sentence for every verdict, failure and condition."""

from __future__ import annotations

from daemonctl.model.cluster import Resources, TaskDefinition
from daemonctl.model.discovery import AgentState
from daemonctl.model.ids import short
from daemonctl.model.memory import Failure
from daemonctl.model.observed import Host
from daemonctl.model.reason import Code, Condition, Notice, Verdict
from daemonctl.planning import fit

_WAIT = "Nothing to do: it goes on by itself."

_BY_CODE: dict[Code, str] = {
    Code.READY: "Nothing to do.",
    Code.DONE: "Nothing to do: it runs again where another revision is asked for.",
    Code.OUTDATED: (
        "Nothing to do while its rollout goes on: `daemonctl rollout status` with the daemon's name"
        " tells how far it is."
    ),
    Code.UNREADY: (
        "Nothing to do: it is replaced by the wanted revision, within maxUnavailable; read its"
        " container's log if you need to know why it was not ready."
    ),
    Code.RESTART: "Nothing to do: it is restarted within maxUnavailable.",
    Code.COVERAGE: "Nothing to do: it is restarted within maxUnavailable, once for these.",
    Code.SETTLING: _WAIT,
    Code.UNHEALTHY: (
        "Read what the health check asks and the container's log; daemonctl replaces it after"
        " unhealthyAfterSeconds, within maxUnavailable."
    ),
    Code.UNKNOWN: "Check that the ECS agent on the instance is connected and that AWS answers.",
    Code.START_TIMEOUT: (
        "See on the instance what the ECS agent waits for (an image pull, an older task that does"
        " not stop), or raise startTimeoutSeconds."
    ),
    Code.DUPLICATE: "Nothing to do: all but one are stopped once one of them is ready.",
    Code.MISPLACED: (
        "Nothing to do where that was meant; else correct placementConstraints or the instance's"
        " attributes."
    ),
    Code.ORPHAN: (
        "Nothing to do: its tasks are stopped, as onRemove or an operator asked. To keep the"
        " daemon, put it back into the config."
    ),
    Code.START: "It is started once nothing holds it; `daemonctl status` tells what does.",
    Code.IN_FLIGHT: _WAIT,
    Code.AMBIGUOUS: (
        "Nothing to do: ECS is asked whether the start worked; if not, it is tried again within a"
        " minute. `daemonctl events --kind ACTION` has the errors."
    ),
    Code.STOPPING: "Nothing to do: the next one starts when the old task has left the host.",
    Code.BACKOFF: "Repair what made it fail; it is tried again by itself.",
    Code.HELD: (
        "See `daemonctl events --kind ACTION` for what was tried and why it failed, and repair"
        " that; it goes on by itself."
    ),
    Code.BLOCKED: "Look at the verdict of the daemon that it depends on: that one comes first.",
    Code.NO_FIT: "Free resources on the instance, or ask for less in the task definition.",
    Code.NO_DEFINITION: (
        "Register the task definition, or correct taskDefinition in the config; it is looked up"
        " again by itself."
    ),
    Code.AGENT_DISCONNECTED: (
        "Restart the ECS agent on the instance (systemctl restart ecs), or terminate the instance."
    ),
    Code.DRAINING: (
        "Nothing to do: its daemons leave once only daemons are left, and nothing is started."
        " To keep the instance, set it ACTIVE again."
    ),
    Code.INELIGIBLE: (
        "Nothing to do where that was meant; else give the instance what the task definition"
        " requires."
    ),
    Code.UNUSED: (
        "Nothing to do where that was meant; it comes with the first task of the services that"
        " onlyWith names."
    ),
    Code.CONSTRAINT: (
        "Nothing to do where that was meant; else correct placementConstraints or the instance's"
        " attributes."
    ),
}

_BY_CONSUL: dict[Code, str] = {
    Code.SETTLING: (
        "Nothing to do for now; if it stays so, read the agent's log on the instance: does it reach"
        " Consul's servers, is its token good, is its node name free?"
    ),
    Code.UNHEALTHY: (
        "Read the agent's log on the instance: does it reach Consul's servers, is its token good,"
        " is its node name free? daemonctl replaces it after unhealthyAfterSeconds, within"
        " maxUnavailable."
    ),
    Code.UNKNOWN: "See what `daemonctl status` says of Consul, and repair that.",
}
"""Where it is Consul that makes a verdict."""

_REGISTRATOR = (
    "Read its log on the instance: does it reach Docker and the Consul agent beside it, is its"
    " token good? If it stays so it is replaced, within maxUnavailable."
)

_PORT = (
    "Find who holds the port on the instance (ss -lntp, docker ps), or take another hostPort in the"
    " task definition."
)

_BY_FAILURE: tuple[tuple[str, str], ...] = (
    ("port is already allocated", _PORT),  # Docker's words for another container's
    ("address already in use", _PORT),  # and for a process's
    ("CannotPull", "Check the image's name and the instance's access to the registry."),
    ("OutOfMemory", "Give the container more memory in the task definition, or find its leak."),
    ("ResourceInitialization", "Check the secrets, log driver and volumes of the task definition."),
    ("CannotCreate", "Check volumes, devices and names in the task definition."),
    ("CannotStart", "Check command, entry point and mounts in the task definition."),
    ("EssentialContainerExited", "Read the container's log on the instance: it ended by itself."),
    ("TaskFailedToStart", "Read the task's stoppedReason in ECS and the agent's log on the host."),
    ("is inactive", "Register the task definition anew, or correct taskDefinition in the config."),
    ("AccessDenied", "Allow daemonctl's role ecs:StartTask and iam:PassRole on the task's roles."),
    ("RESOURCE:", "Free resources on the instance, or ask for less in the task definition."),
    ("ATTRIBUTE", "Give the instance the attributes that the task definition requires."),
    ("AGENT", "Restart the ECS agent on the instance if it stays disconnected."),
    ("Throttling", "Lower apiBudget, or find out what else spends the account's ECS quota."),
    ("UserInitiated", "Find out who stops the task; its stoppedReason in ECS may say."),
)

_BY_NOTICE: dict[Notice, str] = {
    Notice.NO_DEFINITION: _BY_CODE[Code.NO_DEFINITION],
    Notice.DAEMON_BACKOFF: "Repair what is named; it is tried again by itself.",
    Notice.CLUSTER_BACKOFF: "Check daemonctl's credentials and rights on the cluster.",
    Notice.SLOW_START: "Repair what makes it fail on instance after instance: `daemonctl status`"
    " with the daemon's name lists them.",
    Notice.API_BUDGET: "Nothing to do; raise apiBudget if it takes too long.",
    Notice.ONCE_REFUSED: (
        "Remove a custom attribute that nobody needs from the instance (`aws ecs"
        " delete-attributes`); the mark is set again by itself."
    ),
    Notice.ONCE_HANGS: (
        "Look on the instance what it does. Stop its task to have it tried again; raise"
        " startTimeoutSeconds where it is meant to take that long."
    ),
    Notice.MISPLACED_HELD: (
        "Check placementConstraints: stopping that much needs a person. Where it is meant, confirm"
        " it with `daemonctl prune DAEMON --misplaced`."
    ),
    Notice.COMMON_CAUSE: (
        "Look for what they share: what the health check asks, the network, Consul, the last"
        " change; they are replaced once fewer are unhealthy."
    ),
    Notice.STOPS_HELD: _WAIT,
    Notice.ROLLOUT: _WAIT,
    Notice.ROLLOUT_PAUSED: "`daemonctl rollout resume` with the daemon's name lets it go on.",
    Notice.ROLLOUT_HALTED: (
        "Read why the instances failed; then correct the config or the task definition, or"
        " `daemonctl rollout undo`, or `daemonctl rollout resume` to go on all the same."
    ),
    Notice.ROLLOUT_UNCLEAR: (
        "`daemonctl rollout resume` rolls out what the config wants; `daemonctl rollout undo` goes"
        " back. With a Consul store a restart forgets nothing."
    ),
    Notice.ROLLED_BACK: (
        "Correct the task definition or the config: what it wants is rolled out once it wants"
        " something else; `daemonctl rollout undo --to-revision` takes a revision by its number."
    ),
    Notice.STATE_UNSAVED: (
        "Check that Consul answers and that the token may write daemonctl's keys; repairs go on,"
        " updates wait."
    ),
    Notice.GATE_HELD: (
        "Look for what the instances share whose required daemons are not ready; the gates close"
        " as others open."
    ),
    Notice.GATE_REFUSED: (
        "Remove a custom attribute from the instance where it has ten; it is tried again by itself."
    ),
    Notice.GATE_ON_DAEMON: "Take the gate's constraint out of that service.",
    Notice.ROOM: "Nothing to do where room was made; else free some by hand, or name others.",
    Notice.DAEMONS_ONLY: (
        "Take them out of the auto scaling group, or let daemonctl drain them (scaleIn.action)."
    ),
    Notice.SCALE_IN_REFUSED: (
        "Set the provider's targetCapacity to 100, or scaleIn.action back to REPORT."
    ),
    Notice.ZOMBIES: "Look why so many are gone at once, and deregister them by hand.",
    Notice.VIEW_PARTIAL: "Nothing to do: nothing is done until a listing is complete.",
    Notice.FROZEN: "`daemonctl unfreeze` lets writes go on.",
    Notice.REPAIR_ONLY: "Repair Consul, or the way to it; daemonctl goes on by itself after that.",
    Notice.LEASE_UNSURE: "Nothing to do where it passes; else see whether this host is overloaded.",
    Notice.DRY_RUN: "`daemonctl plan --server` shows it all; start without --dry-run to have it"
    " done.",
    Notice.VIEW_STALE: "Check that AWS answers this host; nothing is done on an old view.",
    Notice.CONSUL_UNKNOWN: "See what `daemonctl status` says of Consul, and repair that.",
    Notice.GHOSTS: "Set consul.ghosts.remove to true, or remove them by hand.",
    Notice.GHOSTS_HELD: (
        "Nothing to do: the others follow. Raise consul.ghosts.perMinute or maxShare if it takes"
        " too long."
    ),
    Notice.GHOSTS_REFUSED: (
        "Repair what is named; it is tried again by itself. The policies are in deploy/consul."
    ),
    Notice.CONSUL_RIGHTS: (
        "Add the rules to a policy of the token (deploy/consul has them), or switch off what needs"
        " them."
    ),
    Notice.UNREGISTERED: (
        "Nothing to do yet: registrator is restarted for them. If they stay, its log on the"
        " instance says why; mark what is not meant to be there with SERVICE_IGNORE."
    ),
    Notice.STALE_SERVICES: (
        "Nothing to do where their agents can be reached, see consul.agentPort; else, on the"
        " instance: `consul services deregister -id=ID`."
    ),
    Notice.CONSUL_AMBIGUOUS: (
        "Give every agent the node meta ec2-instance-id, and take nodes that are no agent's out of"
        " the catalog; `daemonctl explain INSTANCE` names them."
    ),
}


_AGAIN = "It is tried again by itself."


def for_notice(notice: Notice) -> str:
    """What to do about a kind of condition."""
    return _BY_NOTICE[notice]


def for_condition(condition: Condition) -> str:
    """What to do about a condition, by what it says of its cause."""
    if condition.notice in (Notice.DAEMON_BACKOFF, Notice.CLUSTER_BACKOFF):
        hint = _hint(condition.words)
        return f"{hint} {_AGAIN}" if hint else for_notice(condition.notice)
    if condition.notice is Notice.SLOW_START and condition.daemon:
        words = "Repair what makes it fail on instance after instance"
        return f"{words}: `daemonctl status {condition.daemon}` lists them and says why."
    if condition.notice is Notice.ROLLOUT_PAUSED and condition.daemon:
        return f"`daemonctl rollout resume {condition.daemon}` lets it go on."
    return for_notice(condition.notice)


def for_agent_away() -> str:
    """What to do about an instance whose ECS agent is not connected."""
    return _BY_CODE[Code.AGENT_DISCONNECTED]


def _hint(*told: str) -> str:
    for mark, words in _BY_FAILURE:
        if any(mark in each for each in told):
            return words
    return ""


def for_verdict(
    verdict: Verdict,
    *,
    host: Host | None = None,
    definition: TaskDefinition | None = None,
    failure: Failure | None = None,
) -> str:
    """What to do about a verdict on one instance: a sentence, naming what is short."""
    if verdict.code is Code.NO_FIT and host is not None and definition is not None:
        lack = fit.shortages(definition.needs, host.instance, Resources())
        if lack:
            name = short(definition.arn)
            if lack.startswith("PORTS"):
                return f"Free the port on the instance ({lack}), or take another in {name}."
            return f"Free room on the instance ({lack}), or ask for less in {name}."
    if verdict.code is Code.UNKNOWN and host is not None and _ambiguous(host):
        return for_notice(Notice.CONSUL_AMBIGUOUS)
    if "Consul" in verdict.words and verdict.code in _BY_CONSUL:
        ports = "published" in verdict.words and verdict.code is not Code.UNKNOWN
        return _REGISTRATOR if ports else _BY_CONSUL[verdict.code]
    if verdict.code is Code.BACKOFF and failure is not None:
        hint = _hint(failure.code, failure.words)
        if hint:
            return f"{hint} {_AGAIN}"
    return _BY_CODE[verdict.code]


def _ambiguous(host: Host) -> bool:
    return host.agent is not None and host.agent.state is AgentState.AMBIGUOUS
