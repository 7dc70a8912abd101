"""Durations on the command line, as kubectl takes them."""

from __future__ import annotations

import re

import click

_SPAN = re.compile(r"([0-9]{1,6})([smhd])")
_SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


def seconds_of(_ctx: click.Context, _param: click.Parameter, value: str | None) -> float | None:
    """A duration as kubectl takes it, in seconds."""
    if value is None:
        return None
    found = _SPAN.fullmatch(value)
    if found is None:
        raise click.BadParameter(f'"{value}" is no duration: write it as 30s, 10m, 2h or 1d')
    return int(found[1]) * _SECONDS[found[2]]
