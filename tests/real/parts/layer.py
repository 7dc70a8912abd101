"""One layer of an image: files gathered from this machine, kept packed until a source changes."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import re
import subprocess
import tarfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

CACHE = Path(__file__).resolve().parents[3] / ".daemonctl" / "real" / "layers"


@dataclass(frozen=True)
class Packed:
    """``digest`` is of the compressed file at ``path``, ``diff_id`` of the tar in it."""

    path: Path
    digest: str
    diff_id: str


@dataclass
class Layer:
    """Where each file in the image comes from; made files carry their bytes."""

    copied: dict[str, Path] = field(default_factory=dict)
    made: dict[str, tuple[bytes, int]] = field(default_factory=dict)
    folders: dict[str, int] = field(default_factory=dict)

    def make(self, path: str, text: str, mode: int = 0o644) -> None:
        self.made[path] = (text.encode(), mode)

    def program(self, source: Path, path: str = "") -> None:
        """A program with the libraries that it is linked to, under their own names."""
        self.copied[path or str(source)] = source.resolve()
        self.libraries([source])

    def libraries(self, sources: Iterable[Path]) -> None:
        done = subprocess.run(
            ["ldd", *map(str, sources)], capture_output=True, text=True, check=False
        )  # which fails for a static program: then there is nothing to add
        for found in re.findall(r"(?:=> )?(/\S+) \(0x", done.stdout):
            self.copied[found] = Path(found).resolve()

    def tree(self, top: Path, *, leave: frozenset[str] = frozenset()) -> None:
        """All files under ``top`` in their place, without folders of these names."""
        for folder, folders, files in os.walk(top):
            folders[:] = [name for name in folders if name not in leave]
            for name in files:
                source = Path(folder) / name
                if source.is_file():
                    self.copied[str(source)] = source

    def pack(self) -> Packed:
        """The layer's file, from the cache where nothing changed."""
        key = hashlib.sha256(repr(self._signature()).encode()).hexdigest()[:32]
        path, about = CACHE / f"{key}.tar.gz", CACHE / f"{key}.json"
        if not about.exists():
            CACHE.mkdir(parents=True, exist_ok=True)
            raw = self._tar()
            packed = gzip.compress(raw, 1, mtime=0)
            path.write_bytes(packed)
            facts = {"digest": _sha256(packed), "diff_id": _sha256(raw)}
            about.write_text(json.dumps(facts), "utf-8")
        facts = json.loads(about.read_text("utf-8"))
        return Packed(path, facts["digest"], facts["diff_id"])

    def _signature(self) -> list[object]:
        stats = {name: source.stat() for name, source in sorted(self.copied.items())}
        copied = [(name, at.st_size, at.st_mtime_ns) for name, at in stats.items()]
        return [copied, sorted(self.made.items()), sorted(self.folders.items())]

    def _tar(self) -> bytes:
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w", format=tarfile.GNU_FORMAT) as tar:
            for name, mode in sorted(self.folders.items()):
                entry = tarfile.TarInfo(name.strip("/"))
                entry.type, entry.mode = tarfile.DIRTYPE, mode
                tar.addfile(entry)
            for name, source in sorted(self.copied.items()):
                entry = tarfile.TarInfo(name.strip("/"))
                at = source.stat()
                # Python believes its compiled files by their source's date.
                entry.size, entry.mode, entry.mtime = at.st_size, at.st_mode & 0o755, at.st_mtime
                with source.open("rb") as content:
                    tar.addfile(entry, content)
            for name, (content_made, mode) in sorted(self.made.items()):
                entry = tarfile.TarInfo(name.strip("/"))
                entry.size, entry.mode = len(content_made), mode
                tar.addfile(entry, io.BytesIO(content_made))
        return out.getvalue()


def _sha256(content: bytes) -> str:
    return "sha256:" + hashlib.sha256(content).hexdigest()
