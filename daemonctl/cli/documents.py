"""What ``-o json`` prints, command by command: one document, or one a line where it goes on.

The published schemas (docs/schemas, `daemonctl schema`) are made from these types.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from daemonctl.runtime.report import (
    Answers,
    DaemonDocument,
    EventsPage,
    InstanceDocument,
    InstancesPage,
    Plans,
    Status,
)
from daemonctl.runtime.report_rows import Document, EventRow


class DaemonDocuments(Document, frozen=True):
    """One daemon on every cluster that has it."""

    clusters: tuple[DaemonDocument, ...]


class InstancesPages(Document, frozen=True):
    """All instances, a list a cluster."""

    clusters: tuple[InstancesPage, ...]


class Gone(Document, frozen=True, tag_field="event", tag="lost"):
    """Events behind ``after`` are gone: they are told as that, never passed over."""

    after: int
    words: str


class ConfigFault(Document, frozen=True):
    """One thing to correct in a config."""

    path: str  # as in daemons[1].dependsOn[0].daemon; "" for the file itself
    line: int  # from 1; 0 where there is no text to point at
    words: str


class ValidateDocument(Document, frozen=True):
    """Whether a config is good, and every fault where it is not."""

    config: str
    ok: bool
    owner: str = ""
    clusters: tuple[str, ...] = ()  # aliases
    daemons: tuple[str, ...] = ()
    faults: tuple[ConfigFault, ...] = ()


class ImportDocument(Document, frozen=True):
    """A daemon for the config, and what to look at before it is used."""

    service: str
    daemon: dict[str, Any]  # an item of the config's ``daemons``
    notes: tuple[str, ...]


class GatesRow(Document, frozen=True):
    """What became of the gates of one cluster."""

    cluster: str
    done: int  # instances
    refused: tuple[str, ...]  # instances with ECS's words


class GatesDocument(Document, frozen=True):
    """What became of the gates, a row a cluster."""

    clusters: tuple[GatesRow, ...]


class VersionDocument(Document, frozen=True):
    """The command's own version, and the controller's where it answers."""

    client: str
    server: str  # "" where none answers
    url: str
    words: str = ""  # why none answers


class EnvironmentDocument(Document, frozen=True):
    """Environment variables that point something at the local ECS."""

    variables: dict[str, str]


class HostsDocument(Document, frozen=True):
    """Hosts that were added to the local ECS: ARNs, of a real one its i-…."""

    instances: tuple[str, ...]
    variables: Mapping[str, str] = {}  # for an agent that is started by hand


class LocalFault(Document, frozen=True):
    """One kind of fault of the local ECS."""

    kind: str
    struck: int
    rate: float | None = None  # None: off


class LocalFaults(Document, frozen=True):
    """All kinds of faults that were used since the local ECS began."""

    faults: tuple[LocalFault, ...]


SCHEMAS: Final[dict[str, tuple[type[Document], ...]]] = {
    "status": (Status,),
    "daemon": (DaemonDocuments,),
    "instances": (InstancesPages,),
    "explain": (InstanceDocument,),
    "events": (EventsPage,),
    "event": (EventRow, Gone),
    "plan": (Plans,),
    "answers": (Answers,),
    "validate": (ValidateDocument,),
    "import": (ImportDocument,),
    "gates": (GatesDocument,),
    "version": (VersionDocument,),
    "local-env": (EnvironmentDocument,),
    "local-instance-add": (HostsDocument,),
    "local-fault": (LocalFaults,),
}
"""Each schema with the types of which a document is one."""

PRINTED: Final[dict[str, str]] = {
    "status": "status",
    "status DAEMON": "daemon",
    "instances": "instances",
    "explain": "explain",
    "events": "events",
    "events --follow": "event",
    "plan": "plan",
    "rollout status": "daemon",
    "rollout history": "daemon",
    "rollout pause": "answers",
    "rollout resume": "answers",
    "rollout undo": "answers",
    "rollout restart": "answers",
    "freeze": "answers",
    "unfreeze": "answers",
    "resync": "answers",
    "prune": "answers",
    "validate": "validate",
    "import": "import",
    "gate open": "gates",
    "gate remove": "gates",
    "version": "version",
    "local env": "local-env",
    "local instance add": "local-instance-add",
    "local fault": "local-fault",
}
"""Which schema the output of a command follows."""
