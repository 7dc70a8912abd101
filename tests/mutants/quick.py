"""A pytest plugin: a profile to look for a failure, always the same way, and not to shrink it.

It is chosen by ``--hypothesis-profile``: loaded here, Hypothesis's own plugin would undo it.
"""

from __future__ import annotations

from hypothesis import Phase, settings

settings.register_profile(
    "mutants",
    database=None,
    deadline=None,
    derandomize=True,
    phases=(Phase.explicit, Phase.generate),
)
