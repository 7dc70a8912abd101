"""A bad config on stderr: every fault on a line of its own, exit 2."""

from __future__ import annotations

from daemonctl.cli.options import BadInputError
from daemonctl.cli.table import count_of, plain


def bad_config(config: str, error: Exception) -> BadInputError:
    """The faults as the config edge words them, one a line."""
    faults = [plain(line) for line in str(error).splitlines() if line.strip()]
    head = f"bad config {config}: {count_of(len(faults), 'fault')}; nothing was done"
    return BadInputError("\n".join([head, *(f"  {fault}" for fault in faults)]))
