"""A config that cannot be used, on stderr: bad (exit 2), or not to be read (exit 1)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from daemonctl.cli.failure import BadInputError, FailError
from daemonctl.cli.table import count_of, plain


@contextmanager
def config_read(config: str) -> Iterator[None]:
    """Around what reads the config. Raises BadInputError with every fault, or FailError."""
    from daemonctl import app
    from daemonctl.ports import SourceError

    try:
        yield
    except app.ConfigError as error:
        raise bad_config(config, error) from error
    except app.NoClusterError as error:
        raise BadInputError(plain(str(error))) from error
    except SourceError as error:
        raise FailError(plain(f"{error}; nothing was done")) from error


def bad_config(config: str, error: Exception) -> BadInputError:
    """The faults as the config edge words them, one a line."""
    faults = [plain(line) for line in str(error).splitlines() if line.strip()]
    head = f"bad config {config}: {count_of(len(faults), 'fault')}; nothing was done"
    return BadInputError(head, faults, f"`daemonctl validate -c {config} 2>&1 | less`")
