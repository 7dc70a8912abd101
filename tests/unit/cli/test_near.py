"""A name that is not there is answered with what may have been meant."""

from __future__ import annotations

import pytest

from daemonctl.cli.near import there_are

MANY = [f"daemon-{number}" for number in range(9)]


@pytest.mark.parametrize(
    ("word", "known", "told"),
    [
        ("x", [], "there are none"),
        ("x", ["agent", "agent"], "there are: agent"),
        ("agnt", ["agent", "web"], "did you mean 'agent'? there are: agent, web"),
        ("BACKOF", ["backoff"], "did you mean 'backoff'? there are: backoff"),
        ("x", MANY, "there are 9: `status` lists them"),
        ("daemon-1x", MANY, "did you mean 'daemon-1'"),
    ],
)
def test_what_there_is(word: str, known: list[str], told: str) -> None:
    assert there_are(word, known, "`status`").startswith(told)
