"""`daemonctl schema`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from daemonctl.cli.command import Command
from daemonctl.cli.failure import BadInputError

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


def _offer(_ctx: click.Context, _param: click.Parameter, word: str) -> list[CompletionItem]:
    from click.shell_completion import CompletionItem

    from daemonctl.cli.documents import SCHEMAS

    return [CompletionItem(name) for name in SCHEMAS if name.startswith(word)]


@click.command(cls=Command)
@click.argument("name", nargs=-1, shell_complete=_offer)
def schema(name: tuple[str, ...]) -> None:
    """Print the JSON Schema of what a command prints with -o json, or list them all.

    NAME is a schema's name or the words of a command.
    """
    from daemonctl.cli.documents import PRINTED, SCHEMAS
    from daemonctl.cli.schemas import schema_of
    from daemonctl.cli.table import table

    asked = " ".join(name)
    if not asked:
        commands = {each: [to for to, of in PRINTED.items() if of == each] for each in SCHEMAS}
        rows = [(each, of) for each in SCHEMAS for of in commands[each]]
        for line in table(("SCHEMA", "COMMAND"), rows):
            click.echo(line)
        return
    found = asked if asked in SCHEMAS else PRINTED.get(asked)
    if found is None:
        step = "`daemonctl schema` lists what there is"
        raise BadInputError(f'no schema and no command with -o json is called "{asked}"; {step}')
    click.echo(schema_of(found), nl=False)
