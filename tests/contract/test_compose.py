"""deploy/compose: what it mounts is there, its commands are ours, its config guards a cluster."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import click
import yaml

from daemonctl.cli.main import main
from tests.scenarios.processes import Controller, Ecs, closing, eventually

FOLDER = Path(__file__).resolve().parents[2] / "deploy" / "compose"
SERVICES: dict[str, dict[str, Any]] = yaml.safe_load((FOLDER / "compose.yaml").read_text("utf-8"))[
    "services"
]


def test_what_is_mounted_is_there_and_read_only() -> None:
    mounts = [mount for each in SERVICES.values() for mount in each.get("volumes", ())]
    assert len(mounts) >= 6
    for mount in mounts:
        source, _, mode = mount.split(":")
        assert (FOLDER / source).exists(), source
        assert mode == "ro"


def test_the_commands_are_daemonctl_s_own() -> None:
    for name in ("local-ecs", "daemonctl"):
        command: click.Command = main
        arguments = list(SERVICES[name]["command"])
        while isinstance(command, click.Group):
            word = arguments.pop(0)
            found = command.get_command(click.Context(command), word)
            assert found is not None, word
            command = found
        command.make_context(name, arguments, resilient_parsing=False)


def test_nothing_is_published_beyond_this_machine() -> None:
    ports = [port for each in SERVICES.values() for port in each.get("ports", ())]
    assert len(ports) == 4
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_every_image_is_pinned_to_a_version() -> None:
    others = [each["image"] for each in SERVICES.values() if each["image"] != "daemonctl"]
    assert len(others) == 3
    assert all(re.search(r":v?\d+\.\d+", image) for image in others)


def test_its_config_guards_a_local_ecs(tmp_path: Path) -> None:
    """The file itself, with free ports, the token's place and without a Consul that is not here."""
    ecs = Ecs(tmp_path, "--instances", "2")
    with closing(ecs):
        config = yaml.safe_load((FOLDER / "daemonctl.yaml").read_text("utf-8"))
        del config["consul"]
        config["clusters"][0]["events"]["queueUrl"] = ecs.queue()
        config["http"] = {
            "listen": "127.0.0.1:0",
            "metricsListen": "127.0.0.1:0",
        }
        path = tmp_path / "daemonctl.yaml"
        path.write_text(yaml.safe_dump(config), "utf-8")
        controller = Controller(path, ecs.env)
        with closing(controller):
            eventually(lambda: controller.ready("registrator") == 2, controller.said)
            eventually(lambda: controller.counted("gate_closed_instances") == 0)
