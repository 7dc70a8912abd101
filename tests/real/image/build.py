"""Builds the Dockerfile itself, on a base and with wheels that need no image registry.

``make image`` (``python -m tests.real.image.build``) does it on a Docker engine of a lab's own and
leaves ``.daemonctl/daemonctl-image.tar`` for ``docker load``; the suite pushes it to its registry.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from tests.real.parts.host import Host
from tests.real.parts.images import PYTHON
from tests.real.parts.lab import PROJECT, Lab
from tests.real.parts.layer import Layer
from tests.real.parts.registry import Registry
from tests.real.parts.shell import run

WHEELS = PROJECT / ".daemonctl" / "wheels"
LEFT = PROJECT / ".daemonctl" / "daemonctl-image.tar"
NAME = "daemonctl:e2e"
_TOOLS = ("ls", "sed", "env", "true")
_LEFT_OUT = frozenset({"test", "tests", "idlelib", "lib2to3", "tkinter", "turtledemo"})


def base(registry: Registry) -> str:
    """A Python with venv and a shell, of this machine's own files: what ``FROM`` names here."""
    layer = Layer(folders={"tmp": 0o1777, "var/tmp": 0o1777, "root": 0o700})
    layer.make("etc/passwd", "root:x:0:0:root:/root:/bin/sh\n")
    layer.make("etc/group", "root:x:0:\n")
    layer.make("etc/nsswitch.conf", "hosts: files dns\n")
    layer.program(Path("/bin/sh"), "/bin/sh")
    for tool in _TOOLS:
        layer.program(Path(shutil.which(tool) or f"/bin/{tool}"), f"/bin/{tool}")
    layer.program(PYTHON)
    library = Path(run(str(PYTHON), "-Ic", "import os; print(os.path.dirname(os.__file__))"))
    layer.tree(library, leave=_LEFT_OUT)
    layer.libraries(sorted((library / "lib-dynload").glob("*.so")))
    # Every base has these whole; wheels with compiled parts count on them.
    for listed in run("dpkg", "-L", "libc6", "libgcc-s1").splitlines():
        shared = Path(listed)
        if ".so" in shared.name and shared.is_file():
            layer.copied[listed] = shared.resolve()
    for more in (Path("/usr/share/python-wheels"), Path("/etc/ssl/certs")):
        layer.tree(more)  # ensurepip's wheels on Debian; whom TLS trusts
    return registry.push("python-base:e2e", [layer], {"Cmd": [str(PYTHON)]})


def wheels() -> None:
    """The locked packages for the base's Python, by their hashes."""
    shutil.rmtree(WHEELS, ignore_errors=True)
    version = run(str(PYTHON), "-Ic", "import sys; print('%d.%d' % sys.version_info[:2])")
    asked = ("--only-binary=:all:", "--require-hashes", f"--python-version={version}")
    lock = PROJECT / "deploy" / "lock" / "run.txt"
    pip = (sys.executable, "-m", "pip", "download", "-q", "--disable-pip-version-check")
    run(*pip, *asked, "--dest", str(WHEELS), "-r", str(lock))


def version() -> str:
    """Of the tag; between tags what Python calls a local version of the last one."""
    described = subprocess.run(
        ["git", "describe", "--tags", "--match", "v*"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    ).stdout.strip()
    if not described:
        commit = run("git", "-C", str(PROJECT), "rev-parse", "--short", "HEAD")
        return f"0.1.0+g{commit}"
    tag, _, since = described.removeprefix("v").partition("-")
    return f"{tag}+{since.replace('-', '.')}" if since else tag


def build(host: Host, registry: Registry) -> str:
    """The image on the host's engine; its name there."""
    wheels()
    given = ("--build-arg", f"BASE={base(registry)}", "--build-arg", f"VERSION={version()}")
    # The classic builder is in every engine; the other one is a plugin that may be absent.
    classic = ("env", "DOCKER_BUILDKIT=0", "docker", "-H", host.docker)
    run(*classic, "build", "--network=none", "-q", *given, "-t", NAME, str(PROJECT))
    return NAME


def main() -> None:
    """Builds, and leaves the image as a file."""
    with Lab() as lab:
        host = lab.add_host()
        host.ready()
        host.cli("save", "-o", str(LEFT), build(host, lab.registry))
    sys.stdout.write(f"{NAME} ({version()}): docker load -i {LEFT.relative_to(PROJECT)}\n")


if __name__ == "__main__":
    main()
