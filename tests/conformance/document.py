"""docs/conformance.md and docs/moto.md, made from their tables."""

from __future__ import annotations

from pathlib import Path

# each enters its rows
from tests.conformance import (
    clusters,
    daemons,
    draining,
    events,
    hosts,
    operations,
    quotas,
    starting,
    tasks,
)
from tests.conformance.moto_differs import DIFFERENCES
from tests.conformance.same_calls import CALLS
from tests.conformance.table import SECTIONS, TABLE

MODULES = (operations, clusters, starting, hosts, draining, tasks, events, quotas, daemons)
DOCS = Path(__file__).parents[2] / "docs"
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


def conformance() -> str:
    """What the local ECS is held to."""
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


MOTO = (
    "# Where moto differs\n\n"
    "moto is an independent ECS, SQS and EC2. `tests/conformance/test_moto.py` asks both the same "
    "{calls} calls, which are every\noperation that both have ({operations}), and compares the "
    "answers, made alike: ids, times and addresses are only known to be\nthere. Tasks of moto are "
    "frozen, or describing them would move them. Whatever differs has a row here, or the test is "
    "red; so\nit is when a row is never met. § is a section of the fact sheet, as in "
    "[conformance.md](conformance.md).\n\n"
    "Made from the table in `tests/conformance/moto_differs.py` by `python -m tests.conformance "
    "--update`; a test compares.\n\n"
    "| operations | moto 5.2.1 | what ours rests on |\n|---|---|---|\n"
)


def moto() -> str:
    """How moto differs, and what our answers rest on."""
    operations = {(call.service, call.operation): None for call in CALLS}
    lines = [MOTO.format(calls=len(CALLS), operations=len(operations))]
    for row in DIFFERENCES:
        names = dict.fromkeys(where.split(" ")[0].strip("*") for where in row.where)
        lines.append(f"| {', '.join(names)} | {row.moto} | {row.fact} |\n")
    return "".join(lines)


PAGES = {"conformance.md": conformance, "moto.md": moto}
