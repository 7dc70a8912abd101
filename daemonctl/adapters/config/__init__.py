"""The config edge: text becomes a model.spec.Installation, or faults by path and line."""

from __future__ import annotations

import os
from collections.abc import Mapping

from daemonctl.adapters.config.faults import ConfigError, Fault
from daemonctl.adapters.config.files import FileSource
from daemonctl.adapters.config.parse import parse
from daemonctl.ports import Clock

__all__ = ["ConfigError", "Fault", "FileSource", "open_source", "parse"]

DEFAULT_PATH = "daemonctl.yaml"
_NOT_YET = ("s3://", "ssm:", "consul:")


def open_source(ref: str, clock: Clock, environ: Mapping[str, str] = os.environ) -> FileSource:
    """The source that ``--config`` names; without one ``DAEMONCTL_CONFIG``, else daemonctl.yaml.

    Raises:
        ConfigError: a kind of source that is not built yet.
    """
    ref = ref or environ.get("DAEMONCTL_CONFIG", "") or DEFAULT_PATH
    for prefix in _NOT_YET:
        if ref.startswith(prefix):
            raise ConfigError([Fault("", 0, f"{prefix}… as a source: not supported yet")], ref)
    return FileSource(ref, clock)
