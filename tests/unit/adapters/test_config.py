"""The config edge: what is accepted, and what is said of what is not."""

from __future__ import annotations

import json

from daemonctl.adapters.config import parse
from daemonctl.model.spec import (
    Dependency,
    DependsOn,
    GateSpec,
    HttpSpec,
    Installation,
    Limits,
    OnlyWith,
    Restart,
    ScaleIn,
    Share,
)
from tests.unit.adapters.configs import FULL, SHORTEST, daemon, only


def test_the_shortest_useful_file() -> None:
    found = parse(SHORTEST.encode())
    (web,) = found.clusters
    assert (found.owner, found.api_budget, found.http) == ("prod", 0.5, HttpSpec())
    assert (web.alias, web.name, web.region, web.owner) == ("web", "web", "eu-central-1", "prod")
    assert (web.queue_url, web.role_arn, web.resync_seconds, web.poll_seconds) == (
        "",
        "",
        600.0,
        30.0,
    )
    assert web.limits == Limits(60, Share(30, percent=True))
    agent, registrator = web.daemons
    assert (agent.name, agent.task_definition) == ("consul-agent", "consul-agent")
    assert (agent.overrides, agent.constraints, agent.depends_on, agent.tags) == ("", (), (), ())
    assert (agent.restart, agent.max_unavailable) == (Restart(), Share(10, percent=True))
    assert (agent.start_timeout_seconds, agent.min_ready_seconds, agent.required) == (300, 0, True)
    assert agent.drain_timeout_seconds == 600
    assert registrator.name == "registrator"


def test_everything_that_is_supported() -> None:
    found: Installation = parse(FULL.encode())
    web, batch = found.clusters
    assert web.scale_in == ScaleIn(60.0, drain=True, least_per_zone=0)
    assert (web.deregister_after_seconds, batch.deregister_after_seconds) == (3600.0, None)
    assert batch.scale_in is None
    assert web.daemons[0].make_room == ("batch-*",)
    web, batch = found.clusters
    assert (web.alias, web.region) == ("web_1", "ap-northeast-1")
    assert web.role_arn.endswith("role/daemonctl")
    assert web.queue_url.endswith("/daemonctl-web")
    assert (web.resync_seconds, web.poll_seconds, web.listing_lag_seconds) == (300, 1, 5)
    assert (web.gate, batch.gate) == (GateSpec("my.gate", 1, 2, Share(3)), None)
    assert web.limits == batch.limits == Limits(0, Share(5))
    assert found.http == HttpSpec("[::1]:8080", "0.0.0.0:9102", "/run/secrets/t")
    assert [d.name for d in web.daemons] == ["consul-agent"]
    assert [d.name for d in batch.daemons] == ["consul-agent", "registrator"]
    agent, registrator = batch.daemons
    assert agent.constraints == ("attribute:ecs.os-type == linux",)
    assert json.loads(agent.overrides) == {
        "containerOverrides": [
            {
                "name": "consul-agent",
                "command": [
                    "agent",
                    "-node={{ec2InstanceId}}",
                    "-x={{ attribute:rack }}",
                    "{{other}}",
                ],
                "environment": [{"name": "A", "value": "1"}],
                "cpu": 10,
            }
        ],
        "cpu": "256",
    }
    assert (agent.min_ready_seconds, agent.start_timeout_seconds) == (10, 120.5)
    assert (agent.restart, agent.max_unavailable) == (Restart(2, 60, 30), Share(3))
    assert (agent.required, agent.propagate_tags, agent.enable_execute_command) == (
        False,
        True,
        True,
    )
    assert agent.tags == (("team", "platform"), ("a:b/c", ""))
    assert registrator.depends_on == (Dependency("consul-agent", DependsOn.START),)
    assert not registrator.propagate_tags


def test_a_region_may_be_left_to_botos_own_chain() -> None:
    text = SHORTEST.replace(", region: eu-central-1", "")
    assert parse(text.encode()).clusters[0].region == ""


def test_json_with_tabs_is_read_as_well() -> None:
    text = json.dumps({"owner": "prod", "clusters": [{"name": "web"}], "daemons": []}, indent="\t")
    assert parse(text.encode(), as_json=True).owner == "prod"
    found = only(text.replace('"prod"', '"PROD"'), as_json=True)
    assert (found.path, found.line) == ("owner", 2)
    assert only("{\n'owner': 1}", as_json=True).line == 2
    assert "no JSON" in only("{\n'owner': 1}", as_json=True).words


def test_json_has_its_own_numbers_letters_and_faults() -> None:
    text = json.dumps({"owner": "prod", "clusters": [{"name": "web"}], "daemons": [TAGGED]})
    (found,) = parse(text.encode(), as_json=True).clusters[0].daemons
    assert dict(found.tags) == {"k": "\U0001d538"}  # json writes it as two halves
    text = text.replace('"prod"', '"prod", "apiBudget": 5e-1')
    assert parse(text.encode(), as_json=True).api_budget == 0.5
    doubled = text.replace('"owner"', '"owner": "x", "owner"')
    assert "twice" in only(doubled, as_json=True).words
    assert "mapping" in only("[1]", as_json=True).words
    assert "empty" in only(" ", as_json=True).words
    assert "without measure" in only('{"a": ' + "1" * 5000 + "}", as_json=True).words
    assert "too deep" in only("[" * 200_000, as_json=True).words


TAGGED = {"name": "a", "taskDefinition": "a", "tags": [{"key": "k", "value": "\U0001d538"}]}


def test_only_with_goes_without_required() -> None:
    found = parse(daemon('onlyWith: {services: [kibana, "elastic*"]}').encode())
    spec = found.clusters[0].daemons[1]
    assert spec.only_with == OnlyWith(("kibana", "elastic*"), 300)
    assert not spec.required
    found = parse(daemon("onlyWith: {services: [a], lingerSeconds: 0}, required: false").encode())
    assert found.clusters[0].daemons[1].only_with == OnlyWith(("a",), 0)
