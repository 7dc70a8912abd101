"""The mark that a run of a ``type: ONCE`` daemon leaves on its container instance."""

from __future__ import annotations

import hashlib
from typing import Final

from daemonctl.model.ids import DaemonName, TaskDefinitionArn, short

LONGEST: Final = 128
"""Characters of an attribute's value (API reference: Attribute)."""


def attribute_of(daemon: DaemonName) -> str:
    """The attribute's name."""
    return f"daemonctl.once.{daemon}"


def mark_of(definition: TaskDefinitionArn, overrides: str) -> str:
    """The attribute's value: the revision that ran, overrides as rendered for the instance.

    ``family:7``, with overrides ``family:7/`` and a digest: characters that ECS takes in a value
    (API reference: Attribute).
    """
    name = short(definition)
    if overrides:
        name += "/" + hashlib.sha256(overrides.encode()).hexdigest()[:12]
    return name if len(name) <= LONGEST else "sha256:" + hashlib.sha256(name.encode()).hexdigest()
