"""The root command. Commands are imported when they are used: ``--help`` must not wait."""

from __future__ import annotations

import importlib

import click

_COMMANDS: dict[str, tuple[str, str]] = {
    "run": ("daemonctl.cli.run:run", "The controller."),
    "validate": ("daemonctl.cli.validate:validate", "Check the config, offline."),
    "plan": ("daemonctl.cli.plan:plan", "What would be done now, and why. Changes nothing."),
    "status": ("daemonctl.cli.status:status", "The daemons in numbers, as `kubectl get ds`."),
    "instances": ("daemonctl.cli.instances:instances", "A row an instance: what lacks, and why."),
    "explain": ("daemonctl.cli.explain:explain", "Everything about one instance."),
    "events": ("daemonctl.cli.events:events", "What was decided and done; -f follows."),
    "rollout": ("daemonctl.cli.rollout:rollout", "Updates: status, history, pause, undo …"),
    "freeze": ("daemonctl.cli.operate:freeze", "Stop every write at once."),
    "unfreeze": ("daemonctl.cli.operate:unfreeze", "Let writes go on."),
    "resync": ("daemonctl.cli.operate:resync", "Read everything from ECS anew."),
    "prune": ("daemonctl.cli.operate:prune", "Stop what daemons left behind."),
    "import": ("daemonctl.cli.importing:import_", "Write a daemon from an ECS DAEMON service."),
    "gate": ("daemonctl.cli.gate:gate", "Open or remove all gates: to take daemonctl away."),
    "local": ("daemonctl.cli.local:local", "A local ECS to try all of this on."),
}
"""Each command with where it is and the line that ``--help`` shows, in the order of use."""


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

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list in ``--help``, without importing anything."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, words) for name, (_, words) in _COMMANDS.items()])


def _print_version(ctx: click.Context, _option: click.Parameter, asked: bool) -> None:  # noqa: FBT001  # click's signature
    if asked and not ctx.resilient_parsing:
        from importlib.metadata import version

        click.echo(f"daemonctl {version('daemonctl')}")
        ctx.exit()


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 80},
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
