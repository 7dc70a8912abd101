"""The contract by S3 and Systems Manager (moto's) and by Consul's API (a stand-in's)."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from daemonctl.adapters.config import ConfigError
from daemonctl.ports import SpecSource
from daemonctl.sources import open_source
from tests.contract.config.bench import Bench
from tests.contract.config.suite import *  # noqa: F403  the whole suite
from tests.contract.config.suite import SHORTEST
from tests.stand_ins.consul_http import ConsulHttp
from tests.stand_ins.moto_server import moto_served
from tests.unit.adapters.conftest import StandingClock

NOWHERE = "http://127.0.0.1:1"


@pytest.fixture(scope="module")
def moto() -> Iterator[str]:
    with moto_served() as at:
        yield at


class AwsBench:
    """An object or a parameter of its own. ``source`` finds moto by the environment alone."""

    def __init__(self, service: str, endpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
        self.client: Any = boto3.client(service, endpoint_url=endpoint)
        self.name = f"daemonctl-{uuid.uuid4().hex}"
        self.endpoint = endpoint
        self.env = monkeypatch

    def source(self, *, reachable: bool = True) -> SpecSource:
        self.env.setenv("AWS_ENDPOINT_URL", self.endpoint if reachable else NOWHERE)
        return open_source(self.ref, StandingClock())

    @property
    def ref(self) -> str:
        raise AssertionError("each kind has its own")


class S3Bench(AwsBench):
    def __init__(self, endpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
        super().__init__("s3", endpoint, monkeypatch)
        self.client.create_bucket(Bucket=self.name)

    @property
    def ref(self) -> str:
        return f"s3://{self.name}/prod/daemonctl.yaml"

    async def put(self, text: str) -> None:
        where = {"Bucket": self.name, "Key": "prod/daemonctl.yaml"}
        await asyncio.to_thread(lambda: self.client.put_object(**where, Body=text.encode()))

    async def remove(self) -> None:
        where = {"Bucket": self.name, "Key": "prod/daemonctl.yaml"}
        await asyncio.to_thread(lambda: self.client.delete_object(**where))


class SsmBench(AwsBench):
    def __init__(self, endpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
        super().__init__("ssm", endpoint, monkeypatch)

    @property
    def ref(self) -> str:
        return f"ssm:/{self.name}/config"

    async def put(self, text: str) -> None:
        """Encrypted: what comes back is the text."""
        what = {"Name": f"/{self.name}/config", "Value": text, "Type": "SecureString"}
        await asyncio.to_thread(lambda: self.client.put_parameter(**what, Overwrite=True))

    async def remove(self) -> None:
        name = f"/{self.name}/config"
        await asyncio.to_thread(lambda: self.client.delete_parameter(Name=name))


class ConsulBench:
    ref = "consul:prod/daemonctl"

    def __init__(self, consul: ConsulHttp, token_file: Path) -> None:
        self.consul = consul
        self.token_file = token_file
        token_file.write_text("s3cr3t\n")

    def source(self, *, reachable: bool = True) -> SpecSource:
        where = self.consul.url if reachable else NOWHERE
        environ = {"CONSUL_HTTP_ADDR": where, "CONSUL_HTTP_TOKEN_FILE": str(self.token_file)}
        return open_source(self.ref, StandingClock(), environ)

    async def put(self, text: str) -> None:
        await self.consul.put("prod/daemonctl", text.encode())

    async def remove(self) -> None:
        await self.consul.put("prod/daemonctl", None)


@pytest.fixture(params=["s3", "ssm", "consul"])
async def bench(
    request: pytest.FixtureRequest,
    aws: object,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> AsyncIterator[Bench]:
    """``aws`` keeps boto3 away from this machine's own setup."""
    if request.param == "consul":
        async with ConsulHttp() as consul:
            yield ConsulBench(consul, tmp_path / "token")
        return
    kind = S3Bench if request.param == "s3" else SsmBench
    made = await asyncio.to_thread(kind, request.getfixturevalue("moto"), monkeypatch)
    yield made
    made.client.close()


@pytest.mark.parametrize("bench", ["consul"], indirect=True)
async def test_the_token_goes_as_a_header_and_a_change_is_waited_for(bench: ConsulBench) -> None:
    await bench.put(SHORTEST)
    source = bench.source()
    await source.load()
    looking = asyncio.create_task(source.look())
    await bench.consul.waited_for()
    await bench.put(SHORTEST.replace("prod", "test"))
    assert await looking is True
    source.close()
    for request in bench.consul.asked:
        assert request.headers["X-Consul-Token"] == "s3cr3t"
        assert "s3cr3t" not in str(request.url)
    assert bench.consul.asked[1].query["index"] == "11"


@pytest.mark.parametrize("bench", ["s3"], indirect=True)
async def test_an_object_that_is_no_config_is_read_no_further(bench: S3Bench) -> None:
    await bench.put("x" * (1024 * 1024 + 10))
    source = bench.source()
    with pytest.raises(ConfigError, match="a config has at most 1048576"):
        await source.load()
    source.close()


@pytest.mark.parametrize("bench", ["s3"], indirect=True)
async def test_json_is_known_by_the_name_of_its_source(bench: S3Bench) -> None:
    body, where = SHORTEST.encode(), {"Bucket": bench.name, "Key": "a.json"}
    await asyncio.to_thread(lambda: bench.client.put_object(**where, Body=body))
    bench.source()
    source = open_source(f"s3://{bench.name}/a.json", StandingClock())
    with pytest.raises(ConfigError, match="no JSON"):
        await source.load()
    source.close()
