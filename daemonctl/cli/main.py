"""The root command. Commands are imported when they are used: ``--help`` must not wait."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, NoReturn

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

_SECTIONS: dict[str, dict[str, tuple[str, str]]] = {
    "The controller": {
        "run": ("daemonctl.cli.run:run", "The controller."),
        "validate": ("daemonctl.cli.validate:validate", "Check the config, offline."),
        "plan": ("daemonctl.cli.plan:plan", "What would be done now, and why. Changes nothing."),
        "import": ("daemonctl.cli.importing:import_", "Write a daemon from an ECS DAEMON service."),
        "gate": ("daemonctl.cli.gate:gate", "Open or remove all gates: to take daemonctl away."),
    },
    "Look": {
        "status": ("daemonctl.cli.status:status", "The daemons in numbers, as `kubectl get ds`."),
        "instances": (
            "daemonctl.cli.instances:instances",
            "A row an instance: what lacks, and why.",
        ),
        "explain": ("daemonctl.cli.explain:explain", "Everything about one instance."),
        "events": ("daemonctl.cli.events:events", "What was decided and done; -f follows."),
    },
    "Act": {
        "rollout": ("daemonctl.cli.rollout:rollout", "Updates: status, history, pause, undo …"),
        "freeze": ("daemonctl.cli.operate:freeze", "Stop every write at once."),
        "unfreeze": ("daemonctl.cli.operate:unfreeze", "Let writes go on."),
        "resync": ("daemonctl.cli.operate:resync", "Read everything from ECS anew."),
        "prune": ("daemonctl.cli.operate:prune", "Stop what daemons left behind."),
    },
    "Beside it": {
        "local": ("daemonctl.cli.local:local", "A local ECS to try all of this on."),
        "completion": ("daemonctl.cli.completion:completion", "TAB for bash, zsh and fish."),
        "schema": ("daemonctl.cli.schema:schema", "What -o json prints, as JSON Schema."),
        "version": ("daemonctl.cli.versions:version", "Of this command and of the controller."),
        "help": ("daemonctl.cli.helping:help_", "How a command is used."),
        "man": ("daemonctl.cli.helping:man", "The manual page daemonctl(1)."),
    },
}
"""Each command with where it is and the line that ``--help`` shows, in the order of use."""

_COMMANDS = {name: found for section in _SECTIONS.values() for name, found in section.items()}


class LazyGroup(click.Group):
    """A group that knows its commands' names and imports a command when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order of use."""
        return [*_COMMANDS, *super().list_commands(ctx)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, imported."""
        found = _COMMANDS.get(cmd_name)
        if found is None:
            return super().get_command(ctx, cmd_name)
        module, _, name = found[0].partition(":")
        command = getattr(importlib.import_module(module), name)
        if not isinstance(command, click.Command):
            raise TypeError(f"{found[0]} is no command")
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As in click, and a word that is no command is told with the nearest that is one."""
        word = args[0]
        unknown = word not in _COMMANDS and not word.startswith("-")
        if unknown and not ctx.resilient_parsing and super().get_command(ctx, word) is None:
            _no_such(ctx, word)
        return super().resolve_command(ctx, args)

    def main(self, *args: Any, standalone_mode: bool = True, **named: Any) -> Any:
        """As in click; a shell that asks for completions gets them, a failure is told our way."""
        if "_DAEMONCTL_COMPLETE" in os.environ:
            from daemonctl.cli.completing import register

            register()
        whole: Callable[[], Any] = partial(super().main, *args, standalone_mode=False, **named)
        if not standalone_mode:
            return whole()
        try:
            code = whole()
            sys.stdout.flush()
        except (click.ClickException, click.Abort, OSError) as error:
            from daemonctl.cli.failing import failed

            code = failed(error)
        raise SystemExit(code if isinstance(code, int) else 0)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Names by the table: none is imported."""
        from click.shell_completion import CompletionItem

        names = [
            CompletionItem(name, help=words)
            for name, (_, words) in _COMMANDS.items()
            if name.startswith(incomplete)
        ]
        return [*names, *click.Command.shell_complete(self, ctx, incomplete)]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list in ``--help``, without importing anything."""
        del ctx
        wide = max(len(name) for name in _COMMANDS)
        for section, commands in _SECTIONS.items():
            with formatter.section(section):
                formatter.write_dl(
                    [(f"{name:{wide}}", words[1]) for name, words in commands.items()]
                )


def _no_such(ctx: click.Context, word: str) -> NoReturn:
    from daemonctl.cli.near import meant

    near = meant(word, _COMMANDS)
    ctx.fail(f"No such command {word!r}.{f' D{near[1:]}' if near else ''}")


def _print_version(ctx: click.Context, _option: click.Parameter, asked: bool) -> None:  # noqa: FBT001  # click's signature
    if asked and not ctx.resilient_parsing:
        from importlib.metadata import version

        click.echo(f"daemonctl {version('daemonctl')}")
        ctx.exit()


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80},
    epilog="`daemonctl help COMMAND` has examples, exit codes and environment variables of each; "
    "`daemonctl man | man -l -` is all of it.",
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_version,
    help="Show the version and exit.",
)
def main() -> None:
    """Keep daemons on every container instance of an Amazon ECS cluster.

    run, plan, validate, import and gate read the config or AWS; all others but local speak to a
    running controller.
    """


if __name__ == "__main__":
    main()
