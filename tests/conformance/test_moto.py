"""The same calls to the local ECS and to moto: the same answers, but for the known differences."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase

import pytest

from daemonctl.local.world import World, autoscaling, sqs_admin, sqs_messages
from daemonctl.local.world.operations import OPERATIONS
from tests.conformance.moto_differs import DIFFERENCES
from tests.conformance.same_calls import CALLS
from tests.conformance.twins import Moto, Ours, alike, differences, kept
from tests.stand_ins.moto_server import moto_served

Place = tuple[str, str, str]
"""An operation, a path in its answer, and how that differs."""


@pytest.fixture(scope="module")
def moto_endpoint() -> Iterator[str]:
    with moto_served() as at:
        yield at


@pytest.fixture(scope="module")
def found(moto_endpoint: str) -> list[Place]:
    """Every difference that the calls show."""
    ours, moto = Ours(), Moto(moto_endpoint)
    places: list[Place] = []
    try:
        for call in CALLS:
            answers = [side.ask(call.service, call.operation, call.params) for side in (ours, moto)]
            for side, answer in zip((ours, moto), answers, strict=True):
                said = {name: kept(answer, path) for name, path in call.keep.items()}
                side.names |= {name: value for name, value in said.items() if value is not None}
            ours.wait(call.wait)
            mine, theirs = map(alike, answers)
            places += [(call.operation, *row) for row in differences(mine, theirs)]
    finally:
        ours.close()
        moto.close()
    return places


def test_nothing_differs_but_what_is_known(found: list[Place]) -> None:
    unknown = [
        place
        for place in dict.fromkeys(found)
        if not any(row.covers(place[0], place[1]) for row in DIFFERENCES)
    ]
    assert unknown == []


def test_every_known_difference_is_still_there(found: list[Place]) -> None:
    """Each kind of member of each row was met in one answer at least."""
    met = {f"{operation} {path}" for operation, path, _ in found}
    stale = []
    for row in DIFFERENCES:
        kinds: dict[str, list[str]] = {}
        for pattern in row.where:
            thing, _, member = pattern.partition(".")
            kinds.setdefault(member or thing, []).append(pattern)
        stale += [
            (row.moto, kind)
            for kind, patterns in kinds.items()
            if not any(fnmatchcase(place, pattern) for place in met for pattern in patterns)
        ]
    assert stale == []


def snake(operation: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", operation).lower()


def ours_by_service() -> dict[str, list[str]]:
    world = World(dice=lambda: 0.5)
    return {
        "ecs": list(OPERATIONS),
        "sqs": [*sqs_admin.OPERATIONS, *sqs_messages.OPERATIONS],
        "ec2": list(world.ec2._operations),
        "autoscaling": list(autoscaling.OPERATIONS),
    }


def test_every_operation_that_both_have_is_called() -> None:
    from moto.autoscaling.responses import AutoScalingResponse  # noqa: PLC0415  they take seconds
    from moto.ec2.responses import EC2Response  # noqa: PLC0415  see above
    from moto.ecs.responses import EC2ContainerServiceResponse  # noqa: PLC0415  see above
    from moto.sqs.responses import SQSResponse  # noqa: PLC0415  see above

    theirs = {
        "ecs": EC2ContainerServiceResponse,
        "sqs": SQSResponse,
        "ec2": EC2Response,
        "autoscaling": AutoScalingResponse,
    }
    both = {
        (service, operation)
        for service, operations in ours_by_service().items()
        for operation in operations
        if hasattr(theirs[service], snake(operation))
    }
    assert len(both) > 50
    assert {(call.service, call.operation) for call in CALLS} == both
