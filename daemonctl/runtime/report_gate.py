"""What is told of gates."""

from __future__ import annotations

from daemonctl.model.observed import Host
from daemonctl.model.reason import Code
from daemonctl.runtime.report_source import ClusterState, hosts_of

_FINE = (
    Code.READY,
    Code.DONE,
    Code.OUTDATED,
    Code.RESTART,
    Code.COVERAGE,
    Code.INELIGIBLE,
    Code.CONSTRAINT,
    Code.MISPLACED,
)


def gate_of(state: ClusterState, host: Host) -> str:
    """``open`` or ``closed``; "" where there is none: no gate, or no instance that has one."""
    gate, instance = state.spec.gate, host.instance
    elsewhere = instance.managed or not instance.ec2_id.startswith("i-")
    if gate is None or elsewhere or instance.status != "ACTIVE":
        return ""
    return "open" if instance.attributes.values.get(gate.attribute) == "true" else "closed"


def gate_words(state: ClusterState, host: Host) -> str:
    """The gate with its attribute, and what keeps it from opening."""
    gate = gate_of(state, host)
    if not gate or state.spec.gate is None:
        return ""
    waits = [
        f"{one.spec.name} is {verdict.code}"
        for one in (state.desired.daemons if state.desired is not None else ())
        if one.spec.required
        and (verdict := state.verdicts.get((host.instance.arn, one.spec.name))) is not None
        and verdict.code not in _FINE
    ]
    words = f"{gate} ({state.spec.gate.attribute})"
    return f"{words}; {', '.join(waits)}" if waits else words


def gates_closed(state: ClusterState) -> int | None:
    """How many gates are closed, None where the cluster has none."""
    if state.spec.gate is None:
        return None
    return sum(gate_of(state, host) == "closed" for host in hosts_of(state))
