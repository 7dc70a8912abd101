"""Commands whose ``--help`` an operator can work from: examples, exit codes, environment."""

from __future__ import annotations

from collections.abc import Sequence

import click


class Command(click.Command):
    """A command; what ``--help`` says below its options stands in ``daemonctl.cli.manual``."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Examples, exit codes and the environment."""
        from daemonctl.cli.manual import page_of

        page = page_of(path_of(ctx))
        with formatter.section("Examples"):
            for example in page.examples:
                formatter.write(f"{' ' * formatter.current_indent}{example}\n")
        with formatter.section("Exit codes"):
            formatter.write_dl([(str(code), words) for code, words in page.exits.items()])
        environment = environment_of(self, page.environment)
        if environment:
            with formatter.section("Environment"):
                formatter.write_dl(environment)


class Group(click.Group):
    """A group of such commands."""

    command_class = Command
    group_class = type


def path_of(ctx: click.Context) -> tuple[str, ...]:
    """The words that name a command, without the program's."""
    names: list[str] = []
    while ctx.parent is not None:
        names.insert(0, ctx.info_name or "")
        ctx = ctx.parent
    return tuple(names)


def environment_of(
    command: click.Command, more: Sequence[tuple[str, str]]
) -> list[tuple[str, str]]:
    """What it reads from the environment: by its options, and ``more``."""
    found = [
        (param.envvar, f"as {param.opts[-1]}")
        for param in command.params
        if isinstance(param, click.Option) and isinstance(param.envvar, str)
    ]
    return [*found, *more]
