"""Where Consul is, and what asks for it."""

from __future__ import annotations

import pytest

from daemonctl.adapters.config.parse import parse
from daemonctl.model.spec import ConsulSpec, GhostsSpec, Share
from tests.unit.adapters.configs import FULL, SHORTEST, daemon, faults, only

CONSUL = "consul: {address: http://consul.internal:8500%s}\n"
PLAIN = CONSUL % ""


def test_every_cluster_sees_the_same_consul_in_its_own_datacenter() -> None:
    web, batch = parse(FULL.encode()).clusters
    assert web.consul == ConsulSpec(
        "https://consul.internal:8501",
        "/run/secrets/consul-token",
        "/etc/consul/ca.pem",
        "ecs-{{ec2InstanceId}}",
        "tokyo",
    )
    assert batch.consul is not None
    assert batch.consul.datacenter == ""
    assert [each.agent_alive for each in web.daemons] == [True]
    assert web.wants_catalog
    assert web.wants_private_ips  # an agent without meta may be found by its address


def test_without_consul_nothing_asks_for_it() -> None:
    (web,) = parse(SHORTEST.encode()).clusters
    assert web.consul is None
    assert not web.wants_catalog
    assert not web.wants_private_ips


def test_consul_may_be_there_for_what_comes_later() -> None:
    (web,) = parse((SHORTEST + PLAIN).encode()).clusters
    assert web.consul == ConsulSpec("http://consul.internal:8500")
    assert not web.wants_catalog


def test_ghosts_are_looked_for_where_the_config_says_so() -> None:
    (web,) = parse((SHORTEST + PLAIN).encode()).clusters
    assert web.ghosts is None
    assert not web.watches_catalog
    (web,) = parse((SHORTEST + CONSUL % ", ghosts: {}").encode()).clusters
    assert web.ghosts == GhostsSpec(True, True, 20, Share(10, percent=True))
    assert web.watches_catalog
    assert not web.wants_catalog
    wish = ", ghosts: {remove: false, forceLeave: false, perMinute: 3, maxShare: 2}"
    (web,) = parse((SHORTEST + CONSUL % wish).encode()).clusters
    assert web.ghosts == GhostsSpec(False, False, 3, Share(2))


def test_what_is_registered_is_asked_in_a_namespace_and_a_partition() -> None:
    asking = daemon("ready: {consul: {servicesRegistered: true}}")
    consul = CONSUL % ", namespace: team, partition: blue, agentPort: 8501"
    (web,) = parse((asking + consul).encode()).clusters
    assert web.consul is not None
    assert (web.consul.namespace, web.consul.partition) == ("team", "blue")
    assert web.consul.agent_port == 8501
    assert web.wants_registrations
    assert web.wants_catalog
    there = asking.replace("name: web", "name: web, consul: {namespace: other}")
    (web,) = parse((there + consul).encode()).clusters
    assert web.consul is not None
    assert (web.consul.namespace, web.consul.partition) == ("other", "blue")


@pytest.mark.parametrize("address", ["http://[::1]:8500", "https://a", "http://10.0.0.1:1"])
def test_addresses(address: str) -> None:
    (web,) = parse((SHORTEST + f'consul: {{address: "{address}"}}\n').encode()).clusters
    assert web.consul is not None
    assert web.consul.address == address


@pytest.mark.parametrize(
    "address",
    [
        "consul:8500",
        "ftp://consul:8500",
        "http://",
        "http://user:secret@consul:8500",
        "http://consul:8500/v1",
        "http://consul:8500?token=secret",
        "http://consul:0",
        "http://consul:65536",
        "http://con sul",
    ],
)
def test_an_address_is_a_host_and_a_port(address: str) -> None:
    found = only(SHORTEST + f'consul: {{address: "{address}"}}\n')
    assert (found.path, found.line) == ("consul.address", 7)
    assert "such as http://consul.internal:8500" in found.words
    assert "secret" not in found.words


@pytest.mark.parametrize(
    ("text", "path", "line", "words"),
    [
        (SHORTEST + "consul: {}\n", "consul.address", 7, "has to be given"),
        (SHORTEST + "consul: x\n", "consul", 7, "a mapping"),
        (SHORTEST + CONSUL % ", token: x", "consul.token", 7, "unknown key"),
        (SHORTEST + CONSUL % ", tokenFile: ''", "consul.tokenFile", 7, "at least 1"),
        (SHORTEST + CONSUL % ", ghosts: true", "consul.ghosts", 7, "a mapping"),
        (SHORTEST + CONSUL % ", ghosts: {remove: 1}", "consul.ghosts.remove", 7, "true or false"),
        (SHORTEST + CONSUL % ", ghosts: {perMinute: 0}", "consul.ghosts.perMinute", 7, "1"),
        (
            SHORTEST + CONSUL % ", ghosts: {maxShare: 0%}",
            "consul.ghosts.maxShare",
            7,
            "such as 10%",
        ),
        (SHORTEST + CONSUL % ", ghosts: {max: 1}", "consul.ghosts.max", 7, "unknown key"),
        (
            SHORTEST + CONSUL % ", nodeName: 'a-{{ec2InstanceID}}'",
            "consul.nodeName",
            7,
            'did you mean "ec2InstanceId"',
        ),
        (SHORTEST + CONSUL % ", nodeName: agent", "consul.nodeName", 7, "has to differ"),
        (
            SHORTEST.replace("name: web", "name: web, consul: {datacenter: dc1}"),
            "clusters[0].consul",
            3,
            "needs the top-level consul block",
        ),
        (
            SHORTEST.replace("name: web", "name: web, consul: {datacenter: A B}") + PLAIN,
            "clusters[0].consul.datacenter",
            3,
            "Consul datacenter",
        ),
        (
            daemon("ready: {consul: {agentAlive: true}}"),
            "daemons[1].ready.consul",
            6,
            "needs the top-level consul block",
        ),
        (
            daemon("ready: {consul: {agentAlive: 1}}") + PLAIN,
            "daemons[1].ready.consul.agentAlive",
            6,
            "true or false",
        ),
        (
            daemon("ready: {consul: {servicesRegistered: true}}"),
            "daemons[1].ready.consul",
            6,
            "needs the top-level consul block",
        ),
        (
            daemon("ready: {consul: {servicesRegistered: 1}}") + PLAIN,
            "daemons[1].ready.consul.servicesRegistered",
            6,
            "true or false",
        ),
        (SHORTEST + CONSUL % ", namespace: 'a b'", "consul.namespace", 7, "Consul namespace"),
        (SHORTEST + CONSUL % ", partition: ''", "consul.partition", 7, "partition"),
        (SHORTEST + CONSUL % ", agentPort: 0", "consul.agentPort", 7, "at least 1"),
    ],
)
def test_faults(text: str, path: str, line: int, words: str) -> None:
    found = only(text)
    assert (found.path, found.line) == (path, line)
    assert words in found.words


def test_two_templates_that_nothing_fills_are_two_faults() -> None:
    found = faults(SHORTEST + CONSUL % ", nodeName: '{{a}}{{b}}{{attribute:x}}'")
    assert [fault.path for fault in found] == ["consul.nodeName"] * 2
