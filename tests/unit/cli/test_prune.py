from __future__ import annotations

from types import SimpleNamespace

from tests.unit.cli.conftest import Cli, Serving


def test_prune_asks_for_orphans_or_for_what_is_misplaced(
    cli: Cli, serving: Serving, example: SimpleNamespace, token: str
) -> None:
    with serving(example, token) as url:
        options = ("--server", url, "--token-file", token)
        everything = cli("prune", *options)
        cli("prune", "retired", "--cluster", "web", *options)
        cli("prune", "registrator", "--misplaced", *options)
    assert (everything.exit_code, everything.stdout) == (0, "web: it was done\n")
    assert [(one.daemon, one.misplaced, alias) for one, alias in example.orders.heard] == [
        ("", False, ""),
        ("retired", False, "web"),
        ("registrator", True, ""),
    ]


def test_what_is_misplaced_needs_a_name(cli: Cli) -> None:
    result = cli("prune", "--misplaced")
    assert result.exit_code == 2
    assert "--misplaced needs the DAEMON" in result.stderr
