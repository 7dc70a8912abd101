"""Log lines on stderr: JSON for machines, aligned words on a terminal, never a secret."""

from __future__ import annotations

import logging
import os
import sys
from typing import TextIO

import structlog
from structlog.types import FilteringBoundLogger, Processor

from daemonctl.telemetry import redact

LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40, "critical": 50}


def open_log(stream: TextIO | None = None, *, level: str = "info") -> FilteringBoundLogger:
    """A logger on ``stream`` (stderr). JSON, one object a line, unless it is a terminal.

    Python's own logging (aiohttp, botocore, APScheduler) goes the same way, from WARNING up.
    """
    out = sys.stderr if stream is None else stream
    shared: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        redact.processor,
    ]
    render = _renderer(out)
    _adopt_stdlib(out, shared, render)
    log: FilteringBoundLogger = structlog.wrap_logger(
        _Lines(out),
        processors=[*shared, render],
        wrapper_class=structlog.make_filtering_bound_logger(LEVELS.get(level, logging.INFO)),
        cache_logger_on_first_use=True,
    )
    return log


def _renderer(out: TextIO) -> Processor:
    if not out.isatty():
        return structlog.processors.JSONRenderer(ensure_ascii=False)
    return structlog.dev.ConsoleRenderer(
        colors="NO_COLOR" not in os.environ,
        exception_formatter=structlog.dev.plain_traceback,
    )


def _adopt_stdlib(out: TextIO, shared: list[Processor], render: Processor) -> None:
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, render],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.raiseExceptions = False  # a reader of stderr that went away stops nothing


class _Lines:
    """Writes whole lines. A reader that went away must not take the controller with it."""

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def msg(self, line: str) -> None:
        try:
            self._out.write(line + "\n")
            self._out.flush()
        except (OSError, ValueError):
            return

    debug = info = warning = warn = error = critical = exception = fatal = log = msg
