"""Whether discovery is safe: the sentence, its numbers, and the grid."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from msgspec.structs import replace

from daemonctl.model.reason import Code, Condition, Notice, Verdict
from daemonctl.runtime.report_discovery import OF_CODE


@pytest.fixture
def example(ex: SimpleNamespace) -> SimpleNamespace:
    made: SimpleNamespace = ex.Example()
    return made


def row(example: SimpleNamespace) -> Any:
    return example.report.status().clusters[0].discovery


def shown(ex: SimpleNamespace, example: SimpleNamespace, **codes: tuple[Code, Code]) -> Any:
    """The row where each letter's instance has these verdicts."""
    example.show(
        verdicts={
            (ex.instance_arn(letter), name): Verdict(code)
            for letter, pair in codes.items()
            for name, code in zip((ex.AGENT, ex.REGISTRATOR), pair, strict=True)
        }
    )
    return row(example)


def test_the_worst_is_named_and_what_leaves_counts_for_nothing(example: SimpleNamespace) -> None:
    found = row(example)
    assert (found.state, found.instances, found.safe, found.unsafe) == ("UNSAFE", 4, 1, 3)
    assert found.words == (
        f"Discovery is NOT safe on 3 of 4 instances: i-{'b' * 17} registrator BACKOFF and 2 more"
    )
    assert [each.verdict.code for each in found.worst] == [
        "BACKOFF",
        "NO_FIT",
        "AGENT_DISCONNECTED",
    ]
    assert found.worst[0].verdict.next


def test_all_is_well(ex: SimpleNamespace, example: SimpleNamespace) -> None:
    found = shown(ex, example, a=(Code.READY, Code.OUTDATED), b=(Code.DONE, Code.RESTART))
    assert (found.state, found.words) == ("SAFE", "Discovery is safe on 2 of 2 instances")
    assert found.worst == ()


def test_what_comes_by_itself_is_told_apart(ex: SimpleNamespace, example: SimpleNamespace) -> None:
    found = shown(ex, example, a=(Code.READY, Code.READY), b=(Code.SETTLING, Code.BLOCKED))
    assert found.state == "MOVING"
    assert found.words == "Discovery is safe on 1 of 2 instances; 1 on its way"
    assert [each.verdict.code for each in found.worst] == ["SETTLING"]


def test_one_instance_and_none(ex: SimpleNamespace, example: SimpleNamespace) -> None:
    alone = shown(ex, example, c=(Code.START_TIMEOUT, Code.BLOCKED))
    name = f"i-{'c' * 17}"
    assert alone.words == (
        f"Discovery is NOT safe on 1 of 1 instance: {name} consul-agent START_TIMEOUT"
    )
    nobody = shown(ex, example, d=(Code.DRAINING, Code.INELIGIBLE))
    assert nobody.state == "AWAY"
    assert "nothing to keep safe" in nobody.words


@pytest.mark.parametrize("notice", [Notice.FROZEN, Notice.DRY_RUN])
def test_safe_and_not_repaired_is_told_apart(
    ex: SimpleNamespace, example: SimpleNamespace, notice: Notice
) -> None:
    held = (Condition(notice, "every write is stopped"),)
    fine = {key: Verdict(Code.READY) for key in ex.VERDICTS}
    example.show(verdicts=fine, conditions=held)
    found = row(example)
    assert found.state == "UNGUARDED"
    assert found.words.endswith("5 of 5 instances; every write is stopped, so nothing is repaired")
    example.show(conditions=held)
    assert row(example).state == "UNSAFE"
    assert "so nothing is repaired" in row(example).words
    example.show(conditions=held, trouble="AccessDenied: no")
    assert row(example).state == "UNKNOWN"


def test_only_required_daemons_count(ex: SimpleNamespace, example: SimpleNamespace) -> None:
    extra = replace(ex.DESIRED.daemons[1].spec, required=False)
    daemons = (ex.DESIRED.daemons[0], replace(ex.DESIRED.daemons[1], spec=extra))
    example.show(desired=replace(ex.DESIRED, daemons=daemons))
    found = row(example)
    assert found.daemons == ("consul-agent",)
    assert (found.safe, found.unsafe) == (2, 2)  # registrator's BACKOFF on b counts no more
    nothing = tuple(replace(each, spec=replace(each.spec, required=False)) for each in daemons)
    example.show(desired=replace(ex.DESIRED, daemons=nothing))
    assert row(example).daemons == ("consul-agent", "registrator")


@pytest.mark.parametrize(
    "change", [{"observed": None}, {"trouble": "AccessDenied: no"}], ids=["starting", "unreachable"]
)
def test_without_a_view_nobody_says_that_it_is_safe(
    example: SimpleNamespace, change: dict[str, Any]
) -> None:
    example.show(**change)
    found = row(example)
    assert (found.state, found.instances) == ("UNKNOWN", 0)
    assert found.words.startswith("Whether discovery is safe is not known: ")


def test_every_code_means_something_for_discovery() -> None:
    assert set(OF_CODE) == set(Code)
    assert {OF_CODE[code].value for code in (Code.READY, Code.START, Code.NO_FIT, Code.UNUSED)} == {
        "SAFE",
        "MOVING",
        "UNSAFE",
        "AWAY",
    }


def test_the_grid_has_every_instance_in_order_of_zone_and_id(
    ex: SimpleNamespace, example: SimpleNamespace
) -> None:
    hosts = ex.hosts()
    first = ex.instance_arn("e")
    moved = {"ecs.availability-zone": "ap-northeast-1A"}  # sorts before the others' zone
    attributes = replace(hosts[first].instance.attributes, values=moved)
    hosts[first] = replace(
        hosts[first], instance=replace(hosts[first].instance, attributes=attributes)
    )
    example.show(observed=replace(ex.facts().observed, hosts=hosts))
    grid = example.report.grid("web")
    assert [each.id[0] for each in grid.instances] == list("eabcd")
    assert grid.instances[2].codes == ("READY", "BACKOFF")
    assert [each.agent_connected for each in grid.instances] == [False, True, True, True, True]
    assert grid.standings["DRAINING"] == "AWAY"
    assert grid.daemons == grid.counted == ("consul-agent", "registrator")
