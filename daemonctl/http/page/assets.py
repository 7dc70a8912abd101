"""Scripts, style and icon: read once, named by what they hold, so that a browser may keep them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from importlib.resources import files
from typing import Final

from msgspec import Struct

_TYPES: Final = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
}


class Asset(Struct, frozen=True):
    """One file."""

    body: bytes
    content_type: str


class Assets(Struct, frozen=True):
    """All of them, and a name that changes when one of them does."""

    digest: str
    files: Mapping[str, Asset]

    def path(self, name: str) -> str:
        """Where one is served."""
        return f"/page/{self.digest}/{name}"

    @property
    def modules(self) -> tuple[str, ...]:
        """The scripts that are modules: all but the one that runs before anything is drawn."""
        return tuple(name for name in self.files if name.endswith(".js") and name != "boot.js")


def load() -> Assets:
    """The files that came with the package."""
    found: dict[str, Asset] = {}
    hashed = hashlib.sha256()
    folder = files(__package__) / "static"
    for file in sorted(folder.iterdir(), key=lambda each: each.name):
        kind = _TYPES.get(f".{file.name.rpartition('.')[2]}")
        if kind is None:
            continue
        body = file.read_bytes()
        found[file.name] = Asset(body, kind)
        hashed.update(f"{file.name}\0{len(body)}\0".encode() + body)
    return Assets(hashed.hexdigest()[:16], found)
