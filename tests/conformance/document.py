"""docs/conformance.md, made from the table."""

from __future__ import annotations

from pathlib import Path

# each enters its rows
from tests.conformance import daemons, events, hosts, operations, quotas, starting, tasks
from tests.conformance.table import SECTIONS, TABLE

MODULES = (operations, starting, hosts, tasks, events, quotas, daemons)
PAGE = Path(__file__).parents[2] / "docs" / "conformance.md"
HEAD = (
    "# What the local ECS is held to\n\n"
    "Made from the table in `tests/conformance` by `python -m tests.conformance --update`; a test "
    "compares. Each row is a\nfact about ECS as documented, in the words of this project's fact "
    "sheet, and a test that fails where the local ECS does\notherwise: in memory, and, where the "
    "wire matters, through boto3 and HTTP as well. What rests on no document is in\n"
    "[assumptions.md](assumptions.md); how moto differs is in [moto.md](moto.md).\n"
)
NOT_SIMULATED = (
    ("2", "REGISTERING, REGISTRATION_FAILED, DEREGISTERING", "only with awsvpcTrunking"),
    (
        "1, 2",
        "RESOURCE:ENI, RESOURCE:GPU, LOCATION; GPU, ENI, NEURON_CORES",
        "hosts have CPU, memory and ports; awsvpc tasks take no network interface",
    ),
    ("1", "Fargate, EXTERNAL, load balancers, CODE_DEPLOY, task sets, discovery", "EC2 only"),
    ("1", "referenceId, volumeConfigurations, NamespaceNotFoundException, BlockedException", ""),
    ("2", "≤100 reserved ports per instance", "no limit is enforced"),
    ("3", "PROVISIONING, ACTIVATING, DEPROVISIONING, DELETED; SpotInterruption", ""),
    (
        "5",
        "service quotas but for 10 instances, 10 containers, 10 custom attributes and 50 tags",
        "no limit is enforced",
    ),
    ("6", "ECS Managed Daemons", "only for Managed Instances capacity providers"),
    ("7", "IAM", "anybody may do anything"),
)


def page() -> str:
    """The whole page."""
    lines = [HEAD]
    for number, title in SECTIONS.items():
        rows = [row for row in TABLE if row.section == number]
        lines += [f"## {number}. {title}", "", "| fact | test | over |", "|---|---|---|"]
        lines += [
            f"| {row.words.replace('|', chr(92) + '|')} | `{row.name}` | "
            f"{'memory, boto3' if row.wire else 'memory'} |"
            for row in rows
        ]
        lines.append("")
    lines += ["## Not simulated", "", "| § | what | why |", "|---|---|---|"]
    lines += [f"| {section} | {what} | {why} |" for section, what, why in NOT_SIMULATED]
    return "\n".join(lines) + "\n"
