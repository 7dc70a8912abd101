"""The stand-in keeps registrator's contract: ids, names, metadata, command line."""

from __future__ import annotations

from typing import Any

import pytest

from tests.real.registrator.bridge import Service, dangling, registration, services
from tests.real.registrator.options import Options, UsageError, parse

AT = Options(ip="10.0.0.7")


def container(
    ports: dict[str, list[dict[str, str]] | None] | None = None,
    *,
    env: tuple[str, ...] = (),
    exposed: tuple[str, ...] = (),
    labels: dict[str, str] | None = None,
) -> dict[str, Any]:
    return {
        "Name": "/ecs-es-3-es-9acd",
        "Config": {
            "Image": "registry.example:5000/team/elasticsearch:8.17.0",
            "Env": list(env),
            "ExposedPorts": {port: {} for port in exposed},
            "Labels": labels or {},
        },
        "NetworkSettings": {"Ports": ports or {}, "IPAddress": "172.17.0.5"},
    }


def bound(port: str) -> list[dict[str, str]]:
    return [{"HostIp": "0.0.0.0", "HostPort": port}, {"HostIp": "::", "HostPort": port}]  # noqa: S104  Docker's word


def only(found: list[Service]) -> Service:
    (one,) = found
    return one


def test_a_published_port_is_a_service_by_host_container_and_exposed_port() -> None:
    service = only(services(container({"9200/tcp": bound("32768")}), "ip-10-0-0-7", AT))
    assert registration(service) == {
        "ID": "ip-10-0-0-7:ecs-es-3-es-9acd:9200",
        "Name": "elasticsearch",
        "Address": "10.0.0.7",
        "Port": 32768,
        "Tags": [],
    }


def test_a_port_that_is_exposed_but_not_published_is_none() -> None:
    assert services(container({"9300/tcp": None}, exposed=("9300/tcp",)), "h", AT) == []


@pytest.mark.parametrize(
    ("options", "address"), [(Options(), "10.0.0.9"), (AT, "10.0.0.7")], ids=["by name", "-ip"]
)
def test_a_port_bound_to_any_address_is_found_at_the_hosts(options: Options, address: str) -> None:
    row = container({"9200/tcp": bound("1")})
    assert only(services(row, "h", options, "10.0.0.9")).address == address


def test_a_port_bound_to_one_address_is_found_there() -> None:
    row = container({"80/tcp": [{"HostIp": "10.1.1.1", "HostPort": "80"}]})
    assert only(services(row, "h", Options(), "10.0.0.9")).address == "10.1.1.1"


def test_in_the_hosts_network_every_exposed_port_is_a_service() -> None:
    assert only(services(container(exposed=("8500/tcp",)), "h", AT)).port == 8500


def test_without_any_port_there_is_nothing_to_tell() -> None:
    assert services(container(env=("SERVICE_NAME=es",)), "h", AT) == []


def test_several_ports_carry_theirs_in_the_name_unless_they_have_a_name_of_their_own() -> None:
    ports = {"9200/tcp": bound("1"), "9300/tcp": bound("2"), "53/udp": bound("3")}
    env = ("SERVICE_NAME=es", "SERVICE_9300_NAME=transport")
    found = {service.name: service for service in services(container(ports, env=env), "h", AT)}
    assert sorted(found) == ["es-53", "es-9200", "transport"]
    assert found["es-53"].id == "h:ecs-es-3-es-9acd:53:udp"
    assert found["es-53"].tags == ("udp",)


@pytest.mark.parametrize(
    "said", [{"env": ("SERVICE_IGNORE=true",)}, {"labels": {"SERVICE_IGNORE": "1"}}]
)
def test_who_asks_to_be_ignored_is(said: dict[str, Any]) -> None:
    assert services(container({"80/tcp": bound("1")}, **said), "h", AT) == []


def test_one_port_can_be_ignored_by_itself() -> None:
    ports = {"80/tcp": bound("1"), "81/tcp": bound("2")}
    found = services(container(ports, env=("SERVICE_81_IGNORE=yes",)), "h", AT)
    assert [service.port for service in found] == [1]


def test_tags_are_those_of_the_container_then_those_of_the_command_line() -> None:
    options = Options(ip="10.0.0.7", tags="all")
    row = container({"80/tcp": bound("1")}, env=("SERVICE_TAGS=a,b",))
    assert only(services(row, "h", options)).tags == ("a", "b", "all")


def test_a_given_id_wins() -> None:
    row = container({"80/tcp": bound("1")}, env=("SERVICE_ID=mine",))
    assert only(services(row, "h", AT)).id == "mine"


def test_explicit_takes_only_what_is_named() -> None:
    options = Options(explicit=True)
    assert services(container({"80/tcp": bound("1")}), "h", options) == []
    named = container({"80/tcp": bound("1")}, env=("SERVICE_NAME=x",))
    assert only(services(named, "h", options)).name == "x"


def test_internal_gives_the_containers_own_address() -> None:
    row = container({"80/tcp": None})
    service = only(services(row, "h", Options(internal=True, ip="10.0.0.7")))
    assert (service.address, service.port) == ("172.17.0.5", 80)


@pytest.mark.parametrize(
    ("env", "check"),
    [
        (
            ("SERVICE_CHECK_HTTP=/health", "SERVICE_CHECK_INTERVAL=2s", "SERVICE_CHECK_TIMEOUT=1s"),
            {"HTTP": "http://10.0.0.7:1/health", "Interval": "2s", "Timeout": "1s"},
        ),
        (
            ("SERVICE_CHECK_TCP=true", "SERVICE_CHECK_INITIAL_STATUS=passing"),
            {"TCP": "10.0.0.7:1", "Interval": "10s", "Status": "passing"},
        ),
        (("SERVICE_CHECK_TTL=30s",), {"TTL": "30s"}),
    ],
)
def test_checks_come_from_the_environment(env: tuple[str, ...], check: dict[str, str]) -> None:
    service = only(services(container({"80/tcp": bound("1")}, env=env), "h", AT))
    assert registration(service)["Check"] == check


def test_only_this_hosts_services_of_dead_containers_dangle() -> None:
    kept = services(container({"80/tcp": bound("1")}), "h", AT)
    registered = ["h:ecs-es-3-es-9acd:80", "h:gone:80", "h:gone:53:udp", "other:gone:80", "consul"]
    assert dangling(registered, kept, "h") == ["h:gone:80", "h:gone:53:udp"]


def test_the_command_line_is_gos() -> None:
    line = "-resync=60 -cleanup -retry-attempts -1 --ip 10.0.0.7 -internal=false consul://127.0.0.1"
    assert parse(line.split()) == Options(
        resync=60, cleanup=True, retry_attempts=-1, ip="10.0.0.7", consul=("127.0.0.1", 8500)
    )


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("-nope consul://x", "not defined: -nope"),
        ("-resync", "needs an argument"),
        ("-resync soon consul://x", "invalid value 'soon'"),
        ("-cleanup", "one registry address"),
        ("etcd://x", "unrecognized adapter"),
        ("-deregister=never consul://x", "always"),
    ],
)
def test_a_wrong_command_line_is_refused(line: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        parse(line.split())
