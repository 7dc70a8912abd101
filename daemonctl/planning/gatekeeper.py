"""All gates of a cluster: how many are closed, and which may be set now."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from daemonctl.model.ids import GATE, ContainerInstanceArn, short
from daemonctl.model.plan import SetGate
from daemonctl.model.reason import Notice
from daemonctl.model.spec import GateSpec
from daemonctl.planning.assessment import GateEntry, WantGate
from daemonctl.planning.queue import Queue
from daemonctl.planning.spending import Counter

BATCH = 10
"""Attributes in one PutAttributes (ECS API: attributes)."""

_Wants = Iterable[tuple[ContainerInstanceArn, WantGate]]


class Gatekeeper:
    """Kept up a host at a time."""

    def __init__(self) -> None:
        self._entries: dict[ContainerInstanceArn, GateEntry] = {}
        self._refused: dict[ContainerInstanceArn, str] = {}
        self._opens: Queue[WantGate] = Queue()
        self._closes: Queue[WantGate] = Queue()
        self._closed = 0

    @property
    def closed(self) -> int:
        """Instances whose gate is not open, those that are being closed among them."""
        return self._closed

    def put(self, zone: str, arn: ContainerInstanceArn, entry: GateEntry | None) -> None:
        """Takes a host's gate in; None: it has none."""
        before = self._entries.pop(arn, None)
        self._closed -= before is not None and _closed(before)
        self._refused.pop(arn, None)
        want = None if entry is None else entry.want
        self._opens.put(zone, arn, want if want is not None and want.opened else None)
        self._closes.put(zone, arn, want if want is not None and not want.opened else None)
        if entry is None:
            return
        self._entries[arn] = entry
        self._closed += _closed(entry)
        if entry.refused:
            self._refused[arn] = entry.refused

    def allot(self, counter: Counter) -> None:
        """Sets what may be set, and tells what may not."""
        spec = counter.rules.desired.gate
        if spec is None:
            return
        self._tell(counter)
        _set(counter, spec, self._opens, opened=True)
        most = spec.max_closed.of(len(self._entries))
        room, waiting = max(0, most - self._closed), list(self._closes)
        if len(waiting) > room:
            words = (
                f"{len(waiting) - room} gates should close and stay open: {self._closed} of "
                f"{len(self._entries)} are closed, maxClosed is {spec.max_closed}; look for what "
                "the daemons that are not ready have in common"
            )
            counter.tell(Notice.GATE_HELD, words)
        _set(counter, spec, waiting[:room], opened=False)

    def _tell(self, counter: Counter) -> None:
        if self._refused:
            arn, words = min(self._refused.items())
            host = counter.observed.hosts.get(arn)
            name = host.instance.ec2_id if host is not None else short(arn)
            more = len(self._refused) - 1
            others = f" (and {more} more)" if more else ""
            counter.tell(Notice.GATE_REFUSED, f"ECS does not mark {name}{others}: {words}")
        if counter.observed.gated_daemons:
            names = ", ".join(counter.observed.gated_daemons)
            words = (
                f"ECS DAEMON service {names} asks for the gate's attribute: ECS stops its tasks "
                "when a gate closes; take the constraint out of the service"
            )
            counter.tell(Notice.GATE_ON_DAEMON, words)


def _closed(entry: GateEntry) -> bool:
    return entry.closing or not entry.opened


def _set(counter: Counter, spec: GateSpec, wants: _Wants, *, opened: bool) -> None:
    for words, arns in _batches(wants):
        if counter.calls <= 0:
            return
        counter.calls -= 1
        counter.out.slots.extend((arn, GATE) for arn in arns)
        counter.out.actions.append(SetGate(spec.attribute, opened, tuple(arns), words))


def _batches(wants: _Wants) -> Sequence[tuple[str, list[ContainerInstanceArn]]]:
    """Hosts with one reason, ten a call; those that ECS refused in company go alone."""
    made: list[tuple[str, list[ContainerInstanceArn]]] = []
    open_: dict[str, list[ContainerInstanceArn]] = {}
    for arn, want in wants:
        batch = None if want.alone else open_.get(want.words)
        if batch is None or len(batch) >= BATCH:
            batch = []
            made.append((want.words, batch))
            if not want.alone:
                open_[want.words] = batch
        batch.append(arn)
    return made
