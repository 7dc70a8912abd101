"""Consul's HTTP API for one key-value store, as far as a key that is followed needs it."""

from __future__ import annotations

import asyncio
import base64
from typing import Self

from aiohttp import web


class ConsulHttp:
    """GET /v1/kv/KEY with blocking queries; every request's headers and query are remembered."""

    def __init__(self) -> None:
        self.values: dict[str, tuple[bytes, int]] = {}
        self.index = 10
        self.asked: list[web.Request] = []
        self.url = ""
        self._changed = asyncio.Condition()
        self._blocking = asyncio.Event()
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_get("/v1/kv/{key:.+}", self._get)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    async def waited_for(self) -> None:
        """Returns once somebody waits for a change."""
        async with asyncio.timeout(30):
            await self._blocking.wait()

    async def put(self, key: str, value: bytes | None) -> None:
        """None deletes."""
        async with self._changed:
            self.index += 1
            if value is None:
                self.values.pop(key, None)
            else:
                self.values[key] = (value, self.index)
            self._changed.notify_all()

    async def _get(self, request: web.Request) -> web.Response:
        self.asked.append(request)
        key = request.match_info["key"]
        known = int(request.query.get("index", "0"))
        async with self._changed:
            if known:
                self._blocking.set()
                await self._changed.wait_for(lambda: self._at(key) > known)
            headers = {"X-Consul-Index": str(self._at(key))}
            if key not in self.values:
                return web.Response(status=404, headers=headers)
            value, index = self.values[key]
            row = {
                "Key": key,
                "ModifyIndex": index,
                "Value": base64.b64encode(value).decode() or None,
            }
            return web.json_response([row], headers=headers)

    def _at(self, key: str) -> int:
        return self.values[key][1] if key in self.values else self.index
