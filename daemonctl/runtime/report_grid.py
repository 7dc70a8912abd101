"""Every instance of a cluster in one small document."""

from __future__ import annotations

from daemonctl.runtime.report_rows import Document


class GridRow(Document, frozen=True):
    """One instance in the least that says how it stands."""

    id: str  # the last part of its ARN
    ec2_instance_id: str
    zone: str
    status: str
    agent_connected: bool
    gate: str  # open, closed, or "" where there is none
    codes: tuple[str, ...]  # a verdict's code for each of the document's daemons, "" without one


class GridDocument(Document, frozen=True):
    """Every instance of a cluster at once, small: what the status page draws."""

    cluster: str
    daemons: tuple[str, ...]
    counted: tuple[str, ...]  # of these, the ones that discovery needs
    standings: dict[str, str]  # what each code means for discovery: SAFE, MOVING, UNSAFE, AWAY
    instances: tuple[GridRow, ...]  # in order of zone and EC2 id
