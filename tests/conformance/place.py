"""Where facts are checked: a world in memory, or behind HTTP and boto3, on a clock set by hand."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Callable
from typing import Any, Self

import boto3
from aiohttp import web
from botocore.config import Config
from botocore.exceptions import ClientError

from daemonctl.local.api.app import make_app
from daemonctl.local.api.live import Live
from daemonctl.local.world import Behaviour, Switches, WorldError
from tests.unit.local.world.conftest import Ecs


class Place(Ecs):
    """A world of three instances, its clock set by hand, and short words for what is done to it."""

    def __init__(self, switches: dict[str, Any], instances: int = 3) -> None:
        super().__init__(instances, 1, Switches(**switches))

    def do(self, what: str, *args: Any, **more: Any) -> Any:
        """Something that happens to hosts or tasks; see `World`."""
        return getattr(self.world, what)(*args, now=self.now, **more)

    def do_now(self, act: Callable[[], Any]) -> Any:
        """Something that is done to the world itself."""
        return act()

    def aws(self, service: str, operation: str, /, **params: Any) -> dict[str, Any]:
        """A call to another service than ECS."""
        return self.world.call(service, operation, params, self.now)

    def refusal(self, operation: str, /, **params: Any) -> str:
        """The code with which an ECS call is refused; empty where it is not."""
        return self._code(lambda: self.call(operation, **params))

    def aws_refusal(self, service: str, operation: str, /, **params: Any) -> str:
        """The code with which any call is refused; empty where it is not."""
        return self._code(lambda: self.aws(service, operation, **params))

    def behave(self, family: str, **manners: Any) -> None:
        """How the containers of a family behave from now on."""
        self.world.behave(family, Behaviour(**manners))

    def _code(self, call: Callable[[], object]) -> str:
        try:
            call()
        except WorldError as no:
            return no.code
        except ClientError as no:
            return str(no.response["Error"]["Code"])
        return ""

    def close(self) -> None:
        """Nothing to close."""


class WirePlace(Place):
    """The same world behind a real server; calls go through boto3."""

    def __init__(self, switches: dict[str, Any]) -> None:
        self._clients: dict[str, Any] = {}
        super().__init__(switches)
        self._loop = asyncio.new_event_loop()
        self._ended, self._endpoint = asyncio.Event(), ""
        up = threading.Event()
        self._thread = threading.Thread(
            target=lambda: self._loop.run_until_complete(self._serve(up))
        )
        self._thread.start()
        assert up.wait(30)

    async def _serve(self, up: threading.Event) -> None:
        runner = web.AppRunner(make_app(Live(self.world, lambda: self.now)), access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self._endpoint = f"http://127.0.0.1:{runner.addresses[0][1]}"
        up.set()
        await self._ended.wait()
        await runner.cleanup()

    def call(self, operation: str, **params: Any) -> dict[str, Any]:
        given = {"cluster": "local", **params}
        if operation.endswith(
            ("TaskDefinition", "TaskDefinitions", "Families", "Tags", "Resource")
        ):
            del given["cluster"]
        if operation.endswith(("Cluster", "Clusters", "Providers")):
            del given["cluster"]
        return self.aws("ecs", operation, **given)

    def aws(self, service: str, operation: str, /, **params: Any) -> dict[str, Any]:
        client = self._clients.get(service)
        if client is None:
            client = self._clients[service] = boto3.client(
                service,
                endpoint_url=self._endpoint,
                region_name="us-east-1",
                aws_access_key_id="local",
                aws_secret_access_key="local",  # noqa: S106  anything is accepted
                config=Config(retries={"total_max_attempts": 1}, parameter_validation=False),
            )
        method = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", operation).lower()
        answer: dict[str, Any] = getattr(client, method)(**params)
        del answer["ResponseMetadata"]
        return answer

    def after(self, seconds: float) -> Self:
        self.now += seconds
        self.do_now(lambda: self.world.advance(self.now))
        return self

    def do(self, what: str, *args: Any, **more: Any) -> Any:
        return self.do_now(lambda: Place.do(self, what, *args, **more))

    def do_now(self, act: Callable[[], Any]) -> Any:
        # on the server's own thread, between two requests
        async def done() -> Any:
            return act()

        return asyncio.run_coroutine_threadsafe(done(), self._loop).result(30)

    def close(self) -> None:
        for client in self._clients.values():
            client.close()
        self._loop.call_soon_threadsafe(self._ended.set)
        self._thread.join(30)
        self._loop.close()
