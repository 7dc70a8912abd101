"""Faults that concern several keys, and how all of them are told."""

from __future__ import annotations

import pytest

from daemonctl.adapters.config import ConfigError, Fault, parse
from tests.unit.adapters.configs import FULL, daemon, faults, only


def test_a_circle_is_named_in_full_and_once() -> None:
    text = """\
owner: prod
clusters: [{name: web}]
daemons:
  - {name: a, taskDefinition: a, dependsOn: [{daemon: b}]}
  - {name: b, taskDefinition: b, dependsOn: [{daemon: c}, {daemon: d}]}
  - {name: c, taskDefinition: c, dependsOn: [{daemon: a}]}
  - {name: d, taskDefinition: d}
  - {name: e, taskDefinition: e, dependsOn: [{daemon: a}]}
"""
    found = only(text)
    assert found == Fault("daemons[2].dependsOn[0].daemon", 6, "a circle: a → b → c → a")
    assert parse(
        text.replace(", dependsOn: [{daemon: a}]}\n  - {name: d", "}\n  - {name: d").encode()
    )


def test_a_dependency_has_to_be_where_its_dependent_is() -> None:
    text = """\
owner: prod
clusters: [{name: web}, {name: api}]
daemons:
  - {name: a, taskDefinition: a, clusters: [web]}
  - {name: b, taskDefinition: b, dependsOn: [{daemon: a}]}
"""
    assert '"a" is not meant for cluster "api"' in only(text).words
    assert parse(text.replace("b, dep", "b, clusters: [web], dep").encode())


def test_of_one_family_only_one_daemon_on_a_cluster_can_adopt() -> None:
    text = """\
owner: prod
clusters: [{name: web}, {name: api}]
daemons:
  - {name: a, taskDefinition: "agent:7", adopt: true, clusters: [web]}
  - {name: b, taskDefinition: agent}
  - {name: c, taskDefinition: other}
"""
    found = only(text)
    assert (found.path, found.line) == ("daemons[0].adopt", 4)
    assert '"b" is of the same family on cluster "web"' in found.words
    apart = text.replace("agent}", "agent, clusters: [api]}")
    assert parse(apart.encode()).clusters[0].daemons[0].adopt
    assert parse(text.replace("agent}", "other2}").encode())
    assert parse(text.replace(", adopt: true", "").encode())


def test_only_with_and_required_exclude_each_other() -> None:
    found = faults(daemon("onlyWith: {services: [x]}, required: true"))
    assert [fault.words for fault in found] == ["cannot go together with required"]


def test_all_faults_come_at_once_in_the_order_of_the_file() -> None:
    text = FULL.replace("owner: prod", "owner: P").replace("type: DAEMON", "type: CRON")
    text = text.replace("condition: START", "condition: NOW").replace(
        "apiBudget: 1", "apiBudget: 2"
    )
    found = faults(text + "leaderElection: {ttlSeconds: 9}\n")
    assert [fault.path for fault in found] == [
        "owner",
        "apiBudget",
        "daemons[0].type",
        "daemons[1].dependsOn[0].condition",
        "leaderElection.ttlSeconds",
    ]
    assert [fault.line for fault in found] == sorted(fault.line for fault in found)


def test_an_error_is_a_line_a_fault() -> None:
    with pytest.raises(ConfigError) as raised:
        parse(b"owner: P\nclusters: 5\n", "x.yaml")
    assert str(raised.value).splitlines() == [
        "x.yaml: line 1: daemons: has to be given",
        "x.yaml: line 1: owner: has to be 1 to 16 of lower-case letters, digits and -",
        "x.yaml: line 2: clusters: has to be a list",
    ]
    assert str(Fault("", 0, "gone")) == "gone"


def test_no_fault_shows_a_value() -> None:
    secret = "hunter2"  # noqa: S105 — it is one, to be looked for
    text = daemon(
        f"onRemove: {secret}, required: {secret}, startTimeoutSeconds: {secret}, "
        f"taskDefinition: '{secret}!', placementConstraints: {secret}, "
        f"overrides: {{containerOverrides: [{{environment: [{{name: P, value: [{secret}]}}]}}]}}, "
        f"tags: [{{key: k, value: '{secret}!'}}], makeRoom: {secret}"
    ).replace("taskDefinition: registrator, ", "")
    text += f"http: {{authTokenFile: [{secret}], listen: {secret}}}\nlimits: {secret}\n"
    text += f"consul: {{tokenFile: {secret}}}\napiBudget: {secret}\n"
    found = faults(text)
    assert len(found) >= 13
    assert not [fault for fault in found if secret in str(fault)]


@pytest.mark.parametrize(
    ("gate", "name"), [("{}", "daemonctl.ready"), ("{attribute: my.gate}", "my.gate")]
)
def test_a_daemon_may_not_wait_for_the_gate_that_waits_for_it(gate: str, name: str) -> None:
    def asking(attribute: str) -> str:
        asked = f'{{type: memberOf, expression: "attribute:{attribute} == true"}}'
        text = daemon(f"placementConstraints: [{asked}]")
        return text.replace("region: eu-central-1}", f"region: eu-central-1, gate: {gate}}}")

    found = only(asking(name))
    assert found.path == "daemons[1].placementConstraints[0].expression"
    assert "waits for the daemons" in found.words
    assert parse(asking("other").encode())
