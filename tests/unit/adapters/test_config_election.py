"""Replicas that take turns: ``leaderElection``, and where they are reached."""

from __future__ import annotations

import pytest

from daemonctl.adapters.config.parse import parse
from daemonctl.model.spec import Election
from tests.unit.adapters.configs import SHORTEST, only

PLAIN = SHORTEST + "consul: {address: http://consul.internal:8500}\n"


def election(text: str) -> Election | None:
    return parse(text.encode()).clusters[0].election


@pytest.mark.parametrize(
    ("part", "wanted"),
    [
        ("", None),
        ("leaderElection: {enabled: false}\n", None),
        ("leaderElection: {}\n", Election(15.0, repair=True)),
        ("leaderElection: {ttlSeconds: 10, onStoreDown: WAIT}\n", Election(10.0, repair=False)),
    ],
)
def test_replicas_take_turns_where_that_is_asked_for(part: str, wanted: Election | None) -> None:
    assert election(PLAIN + part) == wanted


def test_without_consul_it_may_be_off() -> None:
    assert election(SHORTEST + "leaderElection: {enabled: false}\n") is None


@pytest.mark.parametrize(
    ("text", "path", "words"),
    [
        (SHORTEST + "leaderElection: {}\n", "leaderElection", "needs the top-level consul block"),
        (SHORTEST + "leaderElection: x\n", "leaderElection", "a mapping"),
        (PLAIN + "leaderElection: {ttlSeconds: 9.9}\n", "leaderElection.ttlSeconds", "10"),
        (PLAIN + "leaderElection: {ttlSeconds: 86401}\n", "leaderElection.ttlSeconds", "86400"),
        (PLAIN + "leaderElection: {enabled: 1}\n", "leaderElection.enabled", "true or false"),
        (PLAIN + "leaderElection: {onStoreDown: STOP}\n", "leaderElection.onStoreDown", "WAIT"),
        (PLAIN + "leaderElection: {ttl: 15}\n", "leaderElection.ttl", "unknown key"),
        (SHORTEST + "http: {advertise: 10.0.0.1}\n", "http.advertise", "such as http://"),
        (SHORTEST + "http: {advertise: http://a}\n", "http.advertise", "such as http://"),
        (SHORTEST + "http: {advertise: 'http://a:0'}\n", "http.advertise", "such as http://"),
        (SHORTEST + "http: {advertise: 'http://u@a:1'}\n", "http.advertise", "such as http://"),
        (SHORTEST + "http: {advertise: 'http://a:1/x'}\n", "http.advertise", "such as http://"),
    ],
)
def test_faults(text: str, path: str, words: str) -> None:
    found = only(text)
    assert (found.path, found.line) == (path, 7 + text.startswith(PLAIN))
    assert words in found.words


def test_where_a_replica_is_reached() -> None:
    text = SHORTEST + "http: {advertise: 'https://[fd00::1]:8080'}\n"
    assert parse(text.encode()).http.advertise == "https://[fd00::1]:8080"
    assert parse(SHORTEST.encode()).http.advertise == ""
