"""The config edge: text becomes a model.spec.Installation, or faults by path and line."""

from __future__ import annotations

from daemonctl.adapters.config.faults import ConfigError, Fault
from daemonctl.adapters.config.parse import parse

__all__ = ["ConfigError", "Fault", "parse"]
