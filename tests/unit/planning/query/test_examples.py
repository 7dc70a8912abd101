"""Every example expression of the guide, on one fleet, with what the guide says it selects."""

from __future__ import annotations

import pytest

from daemonctl.planning.query import matches, parse, render, subjects_of


class Instance:
    def __init__(self, **values: tuple[str, ...]) -> None:
        self._values = values

    def values(self, subject: str) -> tuple[str, ...] | None:
        if subject == "attribute:color":
            return None
        return self._values.get(subject.rpartition(":")[2].rpartition(".")[2].replace("-", "_"))


FLEET = {
    "small": Instance(
        instance_type=("t2.small",),
        availability_zone=("us-east-1a",),
        stack=("prod",),
        group=("service:production", "database"),
        runningTasksCount=("2",),
        agentVersion=("1.14.4",),
        agentConnected=("true",),
        registeredAt=("2018-02-12T23:59:59Z",),
        ec2InstanceId=("i-abcd1234",),
    ),
    "medium": Instance(
        instance_type=("t2.medium",),
        availability_zone=("us-east-1b",),
        stack=("test",),
        group=("family:x",),
        runningTasksCount=("1",),
        agentVersion=("1.14.5",),
        agentConnected=("true",),
        registeredAt=("2018-02-13T00:00:00Z",),
        ec2InstanceId=("i-wxyx7890",),
    ),
    "gpu": Instance(
        instance_type=("g2.2xlarge",),
        availability_zone=("us-east-1c",),
        group=(),
        runningTasksCount=("0",),
        agentVersion=("1.100.0",),
        agentConnected=("false",),
        registeredAt=("1518566400",),
        ec2InstanceId=("i-00000001",),
    ),
    "far": Instance(
        instance_type=("g2.8xlarge",),
        availability_zone=("us-east-1d",),
        stack=("",),
        group=("databases",),
        runningTasksCount=("1",),
        agentVersion=("1.9.0",),
        agentConnected=("true",),
        registeredAt=("2018-02-12T20:00:00-05:00",),
        ec2InstanceId=("i-00000002",),
    ),
}

DOCUMENTED = [
    # Cluster query language, "Example expressions"
    ("attribute:ecs.instance-type == t2.small", ["small"]),
    ("attribute:ecs.availability-zone in [us-east-1a, us-east-1b]", ["small", "medium"]),
    (
        "attribute:ecs.instance-type =~ g2.* and attribute:ecs.availability-zone != us-east-1d",
        ["gpu"],
    ),
    ("task:group == service:production", ["small"]),
    ("not(task:group == database)", ["medium", "gpu", "far"]),
    ("runningTasksCount == 1", ["medium", "far"]),
    ("agentVersion < 1.14.5", ["small", "far"]),
    ("registeredAt < 2018-02-13", ["small"]),
    ("ec2InstanceId in ['i-abcd1234', 'i-wxyx7890']", ["small", "medium"]),
    # Task placement constraints, "Filtering by attribute" and "Example constraints"
    ("attribute:ecs.instance-type == g2.2xlarge", ["gpu"]),
    ("attribute:stack == prod", ["small"]),
    ("attribute:stack != prod", ["medium", "far"]),
    ("attribute:ecs.instance-type in [t2.small, t2.medium]", ["small", "medium"]),
    (
        "attribute:ecs.instance-type =~ t2.* and attribute:ecs.availability-zone == us-east-1a",
        ["small"],
    ),
    ("attribute:ecs.instance-type =~ t2.*", ["small", "medium"]),
    ("task:group == databases", ["far"]),
    # The four valid date formats
    ("registeredAt >= 2018-02-13T00:00:00+00:00", ["medium", "gpu", "far"]),
    ("registeredAt >= 2018-02-13T00:00:00Z", ["medium", "gpu", "far"]),
    ("registeredAt == 2018-02-13T00:00:00", ["medium"]),
    ("registeredAt > 2018-02-13", ["gpu", "far"]),
    ("runningTasksCount == 2 or agentVersion == 1.9.0", ["small", "far"]),
    # The contract's example
    ("agentConnected == true and not(task:group == family:x)", ["small", "far"]),
]


def selected(text: str) -> list[str]:
    expression = parse(text)
    return [name for name, instance in FLEET.items() if matches(expression, instance)]


@pytest.mark.parametrize(("text", "names"), DOCUMENTED)
def test_a_documented_example_selects_what_the_guide_says(text: str, names: list[str]) -> None:
    assert selected(text) == names
    assert selected(render(parse(text))) == names


@pytest.mark.parametrize(
    ("sign", "word", "argument", "names"),
    [
        ("==", "equals", "1", ["medium", "far"]),
        ("!=", "not_equals", "1", ["small", "gpu"]),
        (">", "greater_than", "1", ["small"]),
        (">=", "greater_than_equal", "1", ["small", "medium", "far"]),
        ("<", "less_than", "1", ["gpu"]),
        ("<=", "less_than_equal", "1", ["medium", "gpu", "far"]),
    ],
)
def test_a_comparison_in_both_spellings(
    sign: str, word: str, argument: str, names: list[str]
) -> None:
    assert selected(f"runningTasksCount {sign} {argument}") == names
    assert parse(f"runningTasksCount {word} {argument}") == parse(
        f"runningTasksCount{sign}{argument}"
    )


@pytest.mark.parametrize(
    ("sign", "word", "argument", "names"),
    [
        ("exists", "exists", "", ["small", "medium", "far"]),
        ("!exists", "not_exists", "", ["gpu"]),
        ("in", "in", "[prod,test]", ["small", "medium"]),
        ("!in", "not_in", "[prod,test]", ["far"]),
        ("=~", "matches", "[pt].*", ["small", "medium"]),
        ("!~", "not_matches", "p.*", ["medium", "far"]),
        ("==", "equals", "''", ["far"]),
    ],
)
def test_an_operator_in_both_spellings(
    sign: str, word: str, argument: str, names: list[str]
) -> None:
    assert selected(f"attribute:stack {sign} {argument}") == names
    assert parse(f"attribute:stack {word} {argument}") == parse(f"attribute:stack {sign}{argument}")


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("attribute:color exists", False),
        ("attribute:color !exists", True),
        ("attribute:color == red", False),
        ("attribute:color != red", False),
        ("attribute:color > red", False),
        ("attribute:color in [red]", False),
        ("attribute:color !in [red]", False),
        ("attribute:color =~ red", False),
        ("attribute:color !~ red", False),
        ("not attribute:color == red", True),
    ],
)
def test_of_a_missing_subject_only_not_exists_is_true(text: str, *, holds: bool) -> None:
    assert selected(text) == (list(FLEET) if holds else [])


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("task:group exists", ["small", "medium", "far"]),
        ("task:group !exists", ["gpu"]),
        ("task:group != database", ["medium", "gpu", "far"]),
        ("task:group !in [database, family:x]", ["gpu", "far"]),
        ("task:group !~ data.*", ["medium", "gpu"]),
        ("task:group =~ data.*", ["small", "far"]),
        ("task:group >= service", ["small"]),
    ],
)
def test_a_subject_of_several_values(text: str, names: list[str]) -> None:
    assert selected(text) == names


def test_subjects_come_in_order_of_appearance_without_doubles() -> None:
    text = "task:group == a and (not agentVersion > 1 or attribute:x exists) and task:group !~ b"
    assert subjects_of(parse(text)) == ("task:group", "agentVersion", "attribute:x")
