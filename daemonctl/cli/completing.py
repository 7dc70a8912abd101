"""Completion in shells: click's own, with a bash script that keeps URLs whole."""

from __future__ import annotations

import os

import click
from click.shell_completion import (
    BashComplete,
    add_completion_class,
    get_completion_class,
    split_arg_string,
)

PROGRAM = "daemonctl"
VARIABLE = "_DAEMONCTL_COMPLETE"
"""What a shell's script sets when it asks; click's name for it."""

_BASH = """\
%(complete_func)s() {
    local IFS=$'\\n' response type value line
    response=$(env COMP_WORDS="${COMP_LINE:0:COMP_POINT}" COMP_CWORD="$COMP_CWORD" \\
        %(complete_var)s=bash_complete "$1" 2>/dev/null)
    COMPREPLY=()
    for line in $response; do
        IFS=',' read -r type value <<< "$line"
        case $type in
            dir) compopt -o dirnames ;;
            file) compopt -o default ;;
            plain) COMPREPLY+=("$value") ;;
        esac
    done
}

complete -o nosort -F %(complete_func)s %(prog_name)s
"""


class Bash(BashComplete):
    """Bash breaks words at ``:``, so every ``--server http://…``: the line is split here."""

    source_template = _BASH

    def source(self) -> str:
        """The script. Which bash will read it is not asked: it may be another host's."""
        return self.source_template % self.source_vars()

    def get_completion_args(self) -> tuple[list[str], str]:
        """The words before the cursor, and the one at it as far as it is written."""
        line = os.environ["COMP_WORDS"]
        words = split_arg_string(line)[1:]
        if not words or line[-1:].isspace():
            return words, ""
        return words[:-1], words[-1]


def register() -> None:
    """Before click looks at ``VARIABLE``."""
    add_completion_class(Bash)


def script(shell: str, root: click.Command) -> str:
    """What a shell reads once."""
    register()
    found = get_completion_class(shell)
    if found is None:
        raise LookupError(shell)
    text = found(root, {}, PROGRAM, VARIABLE).source()
    return text.strip() + "\n"
