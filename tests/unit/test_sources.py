"""Which source a --config names."""

from __future__ import annotations

import pytest

from daemonctl.adapters.config import ConfigError
from daemonctl.adapters.config.files import FileSource
from daemonctl.adapters.config.remote import RemoteSource
from daemonctl.sources import open_source
from tests.unit.adapters.conftest import StandingClock

CLOCK = StandingClock()


def test_where_the_config_is_looked_for() -> None:
    def looked(ref: str, environ: dict[str, str]) -> str:
        source = open_source(ref, CLOCK, environ)
        assert isinstance(source, FileSource)
        return str(source._path)

    assert looked("a.yaml", {"DAEMONCTL_CONFIG": "b.yaml"}) == "a.yaml"
    assert looked("", {"DAEMONCTL_CONFIG": "b.yaml"}) == "b.yaml"
    assert looked("", {}) == "daemonctl.yaml"


@pytest.mark.parametrize("ref", ["s3://bucket/a/key", "ssm:/its/name", "ssm:name", "consul:a/key"])
def test_what_is_somewhere_else(ref: str) -> None:
    for given, environ in ((ref, {}), ("", {"DAEMONCTL_CONFIG": ref})):
        source = open_source(given, CLOCK, environ)
        assert isinstance(source, RemoteSource)
        assert source._ref == ref
        source.close()


@pytest.mark.parametrize(
    ("ref", "words"),
    [
        ("s3://bucket", "s3://bucket/key"),
        ("s3:///key", "s3://bucket/key"),
        ("ssm:", "ssm:/its/name"),
        ("consul:", "consul:its/key"),
        ("consul:/key", "without a leading slash"),
    ],
)
def test_a_name_that_is_none(ref: str, words: str) -> None:
    with pytest.raises(ConfigError, match=words) as raised:
        open_source(ref, CLOCK, {})
    assert str(raised.value).startswith(f"{ref}: ")


@pytest.mark.parametrize(
    ("environ", "url"),
    [
        ({}, "http://127.0.0.1:8500"),
        ({"CONSUL_HTTP_ADDR": "consul:8500"}, "http://consul:8500"),
        ({"CONSUL_HTTP_ADDR": "consul:8501", "CONSUL_HTTP_SSL": "true"}, "https://consul:8501"),
        ({"CONSUL_HTTP_ADDR": "https://consul:8501"}, "https://consul:8501"),
    ],
)
def test_consul_is_found_as_its_own_command_line_does(environ: dict[str, str], url: str) -> None:
    source = open_source("consul:a", CLOCK, environ)
    assert isinstance(source, RemoteSource)
    assert source._place._key._client.address == url
    source.close()


@pytest.mark.parametrize(
    "address", ["unix:///run/consul.sock", "http://", "http://a:0", "http://u:hunter2@a", "a:b"]
)
def test_an_address_of_consul_that_is_none(address: str) -> None:
    with pytest.raises(ConfigError, match="CONSUL_HTTP_ADDR has to be") as raised:
        open_source("consul:a", CLOCK, {"CONSUL_HTTP_ADDR": address})
    assert "hunter2" not in str(raised.value)
