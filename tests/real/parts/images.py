"""The images of the suite, each from what Debian packaged: nothing is fetched from a registry."""

from __future__ import annotations

from pathlib import Path

from tests.real.consul_binary import consul_binary
from tests.real.parts.layer import Layer
from tests.real.parts.machine import which
from tests.real.parts.registry import Registry
from tests.real.parts.shell import PartsError, run

PYTHON = Path("/usr/bin/python3")
"""Debian's own, whatever else is first on PATH: its files are where its package put them."""
_STAND_INS = Path(__file__).resolve().parents[1]
_LEFT_OUT = frozenset(
    (
        *("test", "tests", "unittest", "idlelib", "lib2to3", "ensurepip", "tkinter", "turtledemo"),
        *("pydoc_data", "distutils", "dist-packages", "site-packages", "curses", "dbm", "sqlite3"),
        *("venv", "wsgiref", "xmlrpc", "msilib"),
    )
)


def push_all(registry: Registry) -> dict[str, str]:
    """Every image by its short name, and what a task definition calls it."""
    base = _base()
    python = _python()
    images = {
        "consul": registry.push("consul:e2e", [base, _consul()], {"Entrypoint": ["/bin/consul"]}),
        "node-exporter": registry.push(
            "node-exporter:e2e", [base, _node_exporter()], {"Entrypoint": ["/bin/node_exporter"]}
        ),
        "rsyslog": registry.push(
            "rsyslog:e2e", [base, _rsyslog()], {"Cmd": ["/usr/sbin/rsyslogd", "-n", "-iNONE"]}
        ),
        "python": registry.push("python:e2e", [base, python], {"Cmd": [str(PYTHON)]}),
    }
    scripts = {
        "registrator": "tests.real.registrator",
        "elasticsearch": "tests.real.stand_ins.elasticsearch",
        "kibana": "tests.real.stand_ins.kibana",
    }
    for image, module in scripts.items():
        config = {"Entrypoint": [str(PYTHON), "-u", "-m", module], "WorkingDir": "/app"}
        images[image] = registry.push(f"{image}:e2e", [base, python, _stand_ins()], config)
    return images


def _base() -> Layer:
    """What every program expects to find."""
    layer = Layer(folders={"tmp": 0o1777, "var/log": 0o755, "consul/data": 0o755})
    layer.make("etc/passwd", "root:x:0:0:root:/:/bin/false\n")
    layer.make("etc/group", "root:x:0:\n")
    layer.make("etc/nsswitch.conf", "hosts: files dns\n")
    return layer


def _consul() -> Layer:
    """No port is EXPOSEd: a registrator in the host's network would register them all."""
    layer = Layer()
    layer.program(consul_binary(), "/bin/consul")
    return layer


def _node_exporter() -> Layer:
    layer = Layer()
    layer.program(_found("prometheus-node-exporter"), "/bin/node_exporter")
    return layer


def _rsyslog() -> Layer:
    layer = Layer()
    layer.program(_found("rsyslogd"), "/usr/sbin/rsyslogd")
    modules = sorted(Path("/usr/lib").glob("*/rsyslog/*.so"))
    layer.libraries(modules)
    layer.copied.update({str(module): module for module in modules})
    layer.make(
        "etc/rsyslog.conf",
        'module(load="imtcp")\ninput(type="imtcp" port="24224")\n'
        'action(type="omfile" file="/dev/stdout")\n',
    )
    return layer


def _python() -> Layer:
    layer = Layer()
    layer.program(PYTHON)
    library = Path(run(str(PYTHON), "-Ic", "import os; print(os.path.dirname(os.__file__))"))
    layer.tree(library, leave=_LEFT_OUT)
    layer.libraries(sorted((library / "lib-dynload").glob("*.so")))
    return layer


def _stand_ins() -> Layer:
    """Registrator's and the two services', under the names by which they import each other."""
    layer = Layer()
    for folder in ("registrator", "stand_ins"):
        for source in sorted((_STAND_INS / folder).glob("*.py")):
            layer.make(f"app/tests/real/{folder}/{source.name}", source.read_text("utf-8"))
    return layer


def _found(program: str) -> Path:
    path = which(program)
    if path is None:
        raise PartsError(f"no {program} on PATH: install its package")
    return Path(path)
