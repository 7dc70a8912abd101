"""What is told of Consul, in words that say why, since when and what next."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from daemonctl.cli.explain_text import explain_lines
from daemonctl.cli.status_text import status_lines
from daemonctl.model.discovery import Agent, AgentState
from daemonctl.model.reason import Code, Condition, Notice, Verdict
from daemonctl.runtime import advice
from daemonctl.runtime.report_consul import agent_words, consul_row
from daemonctl.runtime.report_instances import instance_document
from daemonctl.runtime.report_rows import moment
from daemonctl.runtime.report_source import CatalogState
from tests.unit.http.example import AGENT, NOW, VERDICTS, Example, facts, hosts, instance_arn

TROUBLE = "Timeout: could not read Consul's catalog: no answer within 31 s; check that it runs"
HOST = instance_arn("a")


def row(as_of: float | None, trouble: str = "") -> tuple[bool, str]:
    found = consul_row(facts(consul=CatalogState("dc1", as_of, trouble)), NOW)
    assert found is not None
    return found.known, found.words


def test_all_is_well() -> None:
    assert row(NOW - 60) == (True, "")


def test_what_is_known_ages() -> None:
    assert row(NOW - 40, TROUBLE) == (True, f"Consul has not answered for 40 s: {TROUBLE}")


@pytest.mark.parametrize(
    ("as_of", "trouble", "words"),
    [
        (NOW - 61, TROUBLE, f"Consul has not answered for 61 s: {TROUBLE}; starts go by"),
        (NOW - 61, "", "Consul has not answered for 61 s: an answer is waited for; starts"),
        (None, TROUBLE, f"Consul has not answered yet: {TROUBLE}; starts go by what ECS tells"),
        (None, "", "Consul has not answered yet: an answer is waited for; starts go by"),
    ],
)
def test_what_is_not_known_says_what_follows(as_of: float | None, trouble: str, words: str) -> None:
    known, said = row(as_of, trouble)
    assert not known
    assert said.startswith(words)
    assert said.endswith("updates wait, gates keep their value")


def test_nothing_is_told_where_nobody_asks() -> None:
    assert consul_row(facts(), NOW) is None
    assert agent_words(facts(), hosts()[HOST]) == ""


def test_status_and_explain_show_it() -> None:
    agent = Agent(AgentState.FAILED, 'Consul node "x" is failed (serfHealth)')
    seen = hosts()
    seen[HOST] = replace(seen[HOST], agent=agent)
    observed = replace(facts().observed, hosts=seen)  # type: ignore[type-var]  # it has one
    verdicts = VERDICTS | {(HOST, AGENT): Verdict(Code.UNHEALTHY, agent.words)}
    example = Example()
    state = CatalogState("Consul at http://consul:8500", NOW - 90, TROUBLE)
    example.show(consul=state, observed=observed, verdicts=verdicts)
    document = example.report.status()
    at = moment(NOW)
    assert at is not None
    text = " ".join(" ".join(status_lines(document, document.clusters, at)).split())
    assert "! Consul: Consul has not answered for 90 s: Timeout: could not read" in text
    shown = instance_document(facts(consul=state, observed=observed, verdicts=verdicts), HOST)
    text = " ".join(" ".join(explain_lines(shown, at)).split())
    assert 'In Consul: FAILED: Consul node "x" is failed (serfHealth)' in text
    assert "does it reach Consul's servers" in text


@pytest.mark.parametrize("notice", [Notice.CONSUL_UNKNOWN, Notice.CONSUL_AMBIGUOUS])
def test_each_condition_has_a_next_step(notice: Notice) -> None:
    assert advice.for_condition(Condition(notice, "x")).endswith(".")


def test_an_ambiguous_agent_s_next_step_is_its_meta() -> None:
    host = replace(hosts()[HOST], agent=Agent(AgentState.AMBIGUOUS, "2 Consul nodes"))
    words = advice.for_verdict(Verdict(Code.UNKNOWN, "2 Consul nodes are alive"), host=host)
    assert words.startswith("Give every agent the node meta ec2-instance-id")
    away = advice.for_verdict(Verdict(Code.UNKNOWN, "Consul's catalog is not known now"))
    assert away.startswith("See what `daemonctl status` says of Consul")
