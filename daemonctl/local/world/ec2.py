"""EC2's view of the world's hosts: describe, terminate, stop, start, reboot.

The hosts and what becomes of their agents and tasks are the ECS world's; `Machines` is all that
this module wants of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from daemonctl.local.world import ec2_filters, fields
from daemonctl.local.world.errors import WorldError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from daemonctl.local.world.ec2_filters import Machine

    Params = Mapping[str, object]
    Answer = dict[str, object]

TERMINATED_VISIBLE_SECONDS = 3_600.0  # EC2 user guide: remains visible for about an hour
MOST_PER_PAGE = 1_000
FEWEST_PER_PAGE = 5
STATE_CODES = {  # API reference, InstanceState
    "pending": 0,
    "running": 16,
    "shutting-down": 32,
    "terminated": 48,
    "stopping": 64,
    "stopped": 80,
}


class Machines(Protocol):
    """Where the hosts are, by ``i-…`` id in the order of their launch, and what ends them."""

    @property
    def hosts(self) -> Mapping[str, Machine]:
        """All hosts, terminated ones included."""

    def terminate(self, id: str, now: float) -> None:  # noqa: A002  the world's own word
        """Terminate a host."""

    def stop(self, id: str, now: float) -> None:  # noqa: A002  the world's own word
        """Stop a host."""

    def start(self, id: str, now: float) -> None:  # noqa: A002  the world's own word
        """Start a stopped host."""

    def reboot(self, id: str, now: float) -> None:  # noqa: A002  the world's own word
        """Reboot a running host."""


class Ec2:
    """EC2 of one account and region."""

    def __init__(self, machines: Machines, account: str = "000000000000") -> None:
        self._machines = machines
        self._account = account
        self._operations: dict[str, Callable[[Params, float], Answer]] = {
            "DescribeInstances": self._describe,
            "TerminateInstances": self._terminate,
            "StopInstances": self._stop,
            "StartInstances": self._start,
            "RebootInstances": self._reboot,
        }

    def call(self, operation: str, params: Params, now: float) -> Answer:
        """Answer one EC2 operation.

        Raises:
            WorldError: In EC2's words; ``UnsupportedOperation`` for what the local ECS lacks.
        """
        handler = self._operations.get(operation)
        if handler is None:
            words = f"{operation} is not supported yet by the local ECS."
            raise WorldError("UnsupportedOperation", words)
        if fields.flag(params, "DryRun"):
            words = "Request would have succeeded, but DryRun flag is set."
            raise WorldError("DryRunOperation", words, 412)
        return handler(params, now)

    def _named(self, params: Params, now: float) -> list[Machine]:
        """Find the hosts of InstanceIds, each once, in the order of the request.

        Raises:
            WorldError: ``InvalidInstanceID.Malformed`` or ``InvalidInstanceID.NotFound``.
        """
        hosts = self._machines.hosts
        wanted = list(dict.fromkeys(fields.texts(params, "InstanceIds")))
        for name in wanted:
            if not ec2_filters.INSTANCE_ID.fullmatch(name):
                words = f'Invalid id: "{name}" (expecting "i-...")'
                raise WorldError("InvalidInstanceID.Malformed", words)
        missing = [n for n in wanted if n not in hosts or not _visible(hosts[n], now)]
        if missing:
            one = len(missing) == 1
            words = f"The instance ID{'' if one else 's'} '{', '.join(missing)}' do"
            raise WorldError(
                "InvalidInstanceID.NotFound", f"{words}{'es' if one else ''} not exist"
            )
        return [hosts[name] for name in wanted]

    def _describe(self, params: Params, now: float) -> Answer:
        by_id = bool(fields.texts(params, "InstanceIds"))
        everyone = self._machines.hosts.values()
        hosts = self._named(params, now) if by_id else [h for h in everyone if _visible(h, now)]
        found = ec2_filters.filtered(hosts, fields.parts(params, "Filters"))
        most = fields.number(params, "MaxResults")
        if most is not None:
            if by_id:
                words = "The parameter instancesSet cannot be used with the parameter maxResults"
                raise WorldError("InvalidParameterCombination", words)
            if not FEWEST_PER_PAGE <= most <= MOST_PER_PAGE:
                words = f"Value ( {most} ) for parameter maxResults is invalid."
                raise WorldError("InvalidParameterValue", f"{words} Expecting 5 to 1000.")
        found = self._from_token(found, fields.text(params, "NextToken"))
        page = found[: most or MOST_PER_PAGE]
        answer: Answer = {"Reservations": [self._reservation(host) for host in page]}
        if len(found) > len(page):
            answer["NextToken"] = found[len(page)].id
        return answer

    def _from_token(self, found: list[Machine], token: str | None) -> list[Machine]:
        """Resume at the host that a token names; gone since then: at the next one still there."""
        if not token:
            return found
        order = {name: place for place, name in enumerate(self._machines.hosts)}
        if token not in order:
            raise WorldError("InvalidNextToken", "The token is not valid.")
        return [host for host in found if order[host.id] >= order[token]]

    def _reservation(self, host: Machine) -> Answer:
        return {
            "ReservationId": "r-" + host.id.removeprefix("i-"),
            "OwnerId": self._account,
            "Groups": [],
            "Instances": [_instance(host)],
        }

    def _terminate(self, params: Params, now: float) -> Answer:
        gone = ("shutting-down", "terminated")
        hosts = self._named(params, now)
        return {"TerminatingInstances": _change(hosts, self._machines.terminate, now, gone)}

    def _stop(self, params: Params, now: float) -> Answer:
        hosts = self._named(params, now)
        _refuse(hosts, ("shutting-down", "terminated", "pending"), "stopped")
        still = ("stopping", "stopped")
        return {"StoppingInstances": _change(hosts, self._machines.stop, now, still)}

    def _start(self, params: Params, now: float) -> Answer:
        hosts = self._named(params, now)
        _refuse(hosts, ("shutting-down", "terminated", "stopping"), "started")
        up = ("pending", "running")
        return {"StartingInstances": _change(hosts, self._machines.start, now, up)}

    def _reboot(self, params: Params, now: float) -> Answer:
        hosts = self._named(params, now)
        _refuse(hosts, tuple(state for state in STATE_CODES if state != "running"), "rebooted")
        for host in hosts:
            self._machines.reboot(host.id, now)
        return {}


def _visible(host: Machine, now: float) -> bool:
    ended = host.terminated_at
    return ended is None or now < ended + TERMINATED_VISIBLE_SECONDS


def _refuse(hosts: list[Machine], states: tuple[str, ...], done: str) -> None:
    for host in hosts:
        if host.state in states:
            words = f"The instance '{host.id}' is not in a state from which it can be {done}."
            raise WorldError("IncorrectInstanceState", words)


def _change(
    hosts: list[Machine],
    act: Callable[[str, float], None],
    now: float,
    already: tuple[str, ...],
) -> list[Answer]:
    """Act on each host that is not there already; tell the states before and after."""
    rows: list[Answer] = []
    for host in hosts:
        before = _state(host)
        if host.state not in already:
            act(host.id, now)
        rows.append({"InstanceId": host.id, "PreviousState": before, "CurrentState": _state(host)})
    return rows


def _state(host: Machine) -> Answer:
    return {"Code": STATE_CODES[host.state], "Name": host.state}


def _instance(host: Machine) -> Answer:
    answer: Answer = {
        "InstanceId": host.id,
        "ImageId": host.image_id,
        "InstanceType": host.instance_type,
        "LaunchTime": host.launched_at,
        "Placement": {"AvailabilityZone": host.zone, "GroupName": "", "Tenancy": "default"},
        "Monitoring": {"State": "disabled"},
        "State": _state(host),
        "StateTransitionReason": host.state_reason,
        "Architecture": "x86_64",
        "Hypervisor": "xen",
        "VirtualizationType": "hvm",
        "RootDeviceType": "ebs",
        "RootDeviceName": "/dev/xvda",
        "AmiLaunchIndex": 0,
        "PublicDnsName": "",
        "PrivateDnsName": "",
        "Tags": [{"Key": key, "Value": value} for key, value in host.tags.items()],
    }
    if host.state != "terminated":  # its network is gone
        if host.private_ip:  # a real machine's is known once its agent has registered
            answer["PrivateIpAddress"] = host.private_ip
            answer["PrivateDnsName"] = f"ip-{host.private_ip.replace('.', '-')}.ec2.internal"
        answer["VpcId"] = host.vpc_id
        answer["SubnetId"] = host.subnet_id
    return answer
