"""A page of the manual: what a command's help says below its options."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

Exits = Mapping[int, str]

ASKING: Exits = {
    0: "done",
    1: "the controller cannot be reached, refuses, or knows no such name",
    2: "wrong use",
}
CHANGING: Exits = {
    0: "done on every cluster that was meant",
    1: "refused by a cluster, not reached, or no such name: stderr says which",
    2: "wrong use",
}
LOCAL: Exits = {0: "done", 1: "no local ECS answers, or it refuses", 2: "wrong use"}
NO_COLOUR = ("NO_COLOR", "set to anything: no colour on a terminal")
AWS = ("AWS_…", "region, profile, credentials and endpoints, as boto3 reads them")


class Page(NamedTuple):
    """Of one command: lines to copy, what its exit codes mean, what it reads besides options."""

    examples: tuple[str, ...]
    exits: Exits
    environment: tuple[tuple[str, str], ...] = ()
