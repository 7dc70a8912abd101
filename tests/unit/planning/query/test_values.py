from __future__ import annotations

import pytest

from daemonctl.planning.query import matches, parse
from daemonctl.planning.query.values import moment_key
from tests.unit.planning.query.one import One


@pytest.mark.parametrize(
    ("text", "value", "holds"),
    [
        ("agentVersion > 1.9.9", "1.14.5", True),
        ("agentVersion == 1.14", "1.14.0", True),
        ("agentVersion >= 1.14.0", "1.14", True),
        ("agentVersion > 0", "0.0.1", True),
        ("agentVersion == 0.0", "0", True),
        ("agentVersion < 1.14.5", "1.14.5-dev", False),
        ("agentVersion >= 1.14.5", "1.14.5-dev", False),
        ("agentVersion == 1.14.5", "", False),
        ("agentVersion != 1.14.5", "1.14.5-dev", True),
        ("agentVersion != 1.14.5", "1.14.5", False),
        ("registeredAt == 2018-06-18", "2018-06-18T00:00:00", True),
        ("registeredAt == 2018-06-18", "2018-06-18T00:00:01", False),
        ("registeredAt > 2018-06-18T22:28:28Z", "2018-06-18T22:28:28.001Z", True),
        ("registeredAt == 2018-06-18T22:28:28Z", "1529360908.0", True),
        ("registeredAt < 2018-06-18T22:28:28Z", "1529360907.999", True),
        ("registeredAt == 2018-06-18T22:28:28+09:00", "2018-06-18T13:28:28+00:00", True),
        ("registeredAt < 2018-06-18", "0001-01-01T00:00:00+23:59", True),
        ("registeredAt < 2018-06-18", "some day", False),
        ("registeredAt != 2018-06-18", "some day", True),
        ("runningTasksCount > 9", "10", True),
        ("runningTasksCount > 9", "many", False),
        ("runningTasksCount == 1", "01", True),
        ("attribute:a > 9", "10", True),
        ("attribute:a > 9", "9.5", True),
        ("attribute:a > -1.5", "-1.25", True),
        ("attribute:a < -1.25", "-1.5", True),
        ("attribute:a > 9", "10m", False),
        ("attribute:a > 9", "9m", True),
        ("attribute:a >= b", "b", True),
        ("attribute:a < b", "a", True),
        ("attribute:a <= b", "c", False),
        ("attribute:a == 1", "1.0", False),
        ("attribute:a == Linux", "linux", False),
        ("agentConnected in [true, false]", "true", True),
    ],
)
def test_a_value_is_compared_as_what_it_is(text: str, value: str, *, holds: bool) -> None:
    assert matches(parse(text), One(value)) is holds


def test_a_moment_is_known_to_the_nanosecond() -> None:
    assert moment_key("1970-01-02T00:00:01.000001") == (86_401_000_001_000,)
