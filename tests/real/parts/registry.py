"""A registry of the lab's own, plain HTTP, and images put into it without any engine."""

from __future__ import annotations

import hashlib
import http.client
import json
import platform
from collections.abc import Callable, Mapping
from pathlib import Path
from subprocess import Popen

from tests.real.parts.layer import Layer, Packed
from tests.real.parts.machine import which
from tests.real.parts.shell import PartsError, wait_for

PORT = 5000
_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


class Registry:
    """``name(image)`` is what a task definition calls an image that was pushed here."""

    def __init__(self, address: str, folder: Path, start: Callable[..., Popen[bytes]]) -> None:
        self._address = address
        program = which("docker-registry")
        if program is None:
            raise PartsError("no docker-registry on PATH: install docker-registry")
        config = folder / "registry.yml"
        config.write_text(
            json.dumps(
                {
                    "version": 0.1,
                    "log": {"level": "error", "accesslog": {"disabled": True}},
                    "storage": {"filesystem": {"rootdirectory": str(folder / "registry")}},
                    "http": {"addr": f"{address}:{PORT}"},
                }
            ),
            "utf-8",
        )
        start(program, "serve", str(config), log=folder / "registry.log")
        wait_for(self._answers, f"the registry at {address}:{PORT} ({folder}/registry.log)")

    def name(self, image: str) -> str:
        return f"{self._address}:{PORT}/{image}"

    def push(self, image: str, layers: list[Layer], config: Mapping[str, object]) -> str:
        """Put an image there; ``config`` is Docker's (Entrypoint, Env, …).

        Returns:
            Its name for a task definition.
        """
        repository, _, tag = image.partition(":")
        packed = [layer.pack() for layer in layers]
        for each in packed:
            self._blob(repository, each.digest, each.path.read_bytes())
        about = _config(packed, config)
        digest = "sha256:" + hashlib.sha256(about).hexdigest()
        self._blob(repository, digest, about)
        manifest = {
            "schemaVersion": 2,
            "mediaType": _MANIFEST,
            "config": {
                "mediaType": "application/vnd.docker.container.image.v1+json",
                "size": len(about),
                "digest": digest,
            },
            "layers": [
                {
                    "mediaType": "application/vnd.docker.image.rootfs.diff.tar.gzip",
                    "size": each.path.stat().st_size,
                    "digest": each.digest,
                }
                for each in packed
            ],
        }
        path = f"/v2/{repository}/manifests/{tag or 'latest'}"
        self._ask("PUT", path, json.dumps(manifest).encode(), _MANIFEST)
        return self.name(image)

    def _blob(self, repository: str, digest: str, content: bytes) -> None:
        if self._ask("HEAD", f"/v2/{repository}/blobs/{digest}", missing=True) is not None:
            return
        where = self._ask("POST", f"/v2/{repository}/blobs/uploads/") or ""
        where = where.partition(f":{PORT}")[2] or where
        self._ask("PUT", f"{where}&digest={digest}", content, "application/octet-stream")

    def _ask(
        self, method: str, path: str, body: bytes = b"", kind: str = "", *, missing: bool = False
    ) -> str | None:
        """The Location of the answer; None where nothing is there and that may be."""
        line = http.client.HTTPConnection(self._address, PORT, timeout=30)
        line.request(method, path, body, {"Content-Type": kind} if kind else {})
        answer = line.getresponse()
        said = answer.read().decode(errors="replace")
        line.close()
        if missing and answer.status == http.HTTPStatus.NOT_FOUND:
            return None
        if answer.status >= http.HTTPStatus.BAD_REQUEST:
            raise PartsError(f"registry: {method} {path}: {answer.status} {said}")
        return answer.headers.get("Location", "")

    def _answers(self) -> bool:
        try:
            return self._ask("GET", "/v2/") is not None
        except OSError:
            return False


def _config(layers: list[Packed], config: Mapping[str, object]) -> bytes:

    machine = platform.machine()
    about = {
        "architecture": _ARCHITECTURES.get(machine, machine),
        "os": "linux",
        # A null Env crashes clients.
        "config": {"Env": ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"], **config},
        "rootfs": {"type": "layers", "diff_ids": [each.diff_id for each in layers]},
        "history": [{"created_by": "tests/real/parts"} for _ in layers],
    }
    return json.dumps(about, sort_keys=True).encode()
