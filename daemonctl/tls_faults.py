"""Faults of the files that ``http.tls`` names, by the line of the config that names them."""

from __future__ import annotations

from daemonctl.adapters.config import ConfigError, Fault
from daemonctl.http.tls import TlsFilesError, load
from daemonctl.model.spec import Installation


def tls_faults(error: TlsFilesError, installation: Installation, source: str = "") -> ConfigError:
    """The faults as those of a config are told."""
    lines = installation.tls_lines
    rows = [(f"http.tls.{each.key}", lines.get(each.key, 0), each.words) for each in error.faults]
    return ConfigError([Fault(*row) for row in rows], source)


def tls_not_here(installation: Installation, source: str, now: float) -> tuple[str, ...]:
    """Which of the files are not on this machine, or not for this user to read.

    Raises:
        ConfigError: One that is here cannot be used; all are named.
    """
    if installation.http.tls is None:
        return ()
    try:
        load(installation.http.tls, now)
    except TlsFilesError as error:
        faults = tls_faults(error, installation, source)
        if not all(each.absent for each in error.faults):
            raise faults from error
        return tuple(str(each) for each in faults.faults)
    return ()
