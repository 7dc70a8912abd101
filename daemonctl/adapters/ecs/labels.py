"""What a container definition tells registrator: which of its ports to leave out, or to name.

gliderlabs/registrator, bridge/util.go: SERVICE_KEY and SERVICE_PORT_KEY in the environment and in
Docker labels; a key with any value but the empty one counts. What an image itself brings of these
is not in its task definition.
"""

from __future__ import annotations

from collections.abc import Iterator

from daemonctl.adapters.ecs.shapes import ContainerDefinitionShape
from daemonctl.model.cluster import Labelled

_MARK = "SERVICE_"
_OPTIONS = ("-explicit", "-internal")


def labels(row: ContainerDefinitionShape) -> Iterator[Labelled]:
    """Those of one container."""
    told = {pair.name or "": pair.value or "" for pair in row.environment or ()}
    for key, value in {**told, **(row.docker_labels or {})}.items():
        name, port = _split(key)
        if value and name in {"IGNORE", "NAME"}:
            yield Labelled(row.name or "", port, ignore=name == "IGNORE", named=name == "NAME")


def options(row: ContainerDefinitionShape) -> Iterator[str]:
    """Registrator's options that say what it registers; other words of a command are not kept."""
    for word in row.command or ():
        name = "-" + word.partition("=")[0].lstrip("-")
        if word.startswith("-") and name in _OPTIONS and not word.endswith("=false"):
            yield name


def _split(key: str) -> tuple[str, int | None]:
    """The key without the mark, and the port that it is about, None for all."""
    if not key.startswith(_MARK):
        return "", None
    rest = key.removeprefix(_MARK).upper()
    port, _, name = rest.partition("_")
    if port.isascii() and port.isdigit():
        return name, int(port)
    return rest, None
