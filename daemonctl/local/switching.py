"""Switches of the local ECS by name and text, as a command line has them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import fields

import msgspec

from daemonctl.local.world import Switches


def switched(settings: Sequence[str]) -> Switches:
    """The switches with ``NAME=VALUE`` settings applied; a span is two numbers, as ``2,5``.

    Raises:
        ValueError: A setting has no such form, name or value; one line that says what there is.
    """
    known = [field.name for field in fields(Switches) if field.name != "version_info"]
    values: dict[str, object] = {}
    for setting in settings:
        written, equals, text = setting.partition("=")
        name = written.strip().replace("-", "_")
        if not equals:
            raise ValueError(f'"{setting}": write it as NAME=VALUE')
        if name not in known:
            listed = ", ".join(each.replace("_", "-") for each in known)
            raise ValueError(f'no switch "{written.strip()}": one of {listed}')
        values[name] = text.split(",") if "," in text else text.strip()
    try:
        found = msgspec.convert(values, Switches, strict=False)
    except msgspec.ValidationError as error:
        raise ValueError(f"{error}, in {' '.join(settings)}") from None
    for name in values:
        _check_span(name, getattr(found, name))
    return found


def _check_span(name: str, value: object) -> None:
    """A time is not negative, and a span goes from the shorter to the longer."""
    numbers = value if isinstance(value, tuple) else (value,)
    amounts = [each for each in numbers if isinstance(each, float)]
    if any(each < 0 or math.isnan(each) for each in amounts) or amounts != sorted(amounts):
        words = "is 0 or more, and a span begins with its shorter end"
        raise ValueError(f"{name.replace('_', '-')} {words}")
