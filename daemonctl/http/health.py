"""The metrics listener: does it turn, is it ready, its numbers. No token: probes have none."""

from __future__ import annotations

from http import HTTPStatus

import msgspec
from aiohttp import web
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder

from daemonctl.http.headers import add_headers
from daemonctl.http.problem import ProblemError, problems
from daemonctl.http.query import words_of
from daemonctl.runtime.report import Liveness, Report


class Health:
    """The handlers of the metrics listener."""

    def __init__(self, report: Report, liveness: Liveness, registry: CollectorRegistry) -> None:
        self._report = report
        self._liveness = liveness
        self._registry = registry

    async def livez(self, request: web.Request) -> web.Response:
        """Every loop came round within its bound, whatever AWS does."""
        words_of(request)
        now = self._liveness.now()
        ages = [(loop, now - loop.last) for loop in self._liveness.loops()]
        hanging = [
            f"{loop.name} last turned {age:.0f} s ago, more than {loop.bound:.0f} s"
            for loop, age in ages
            if age > loop.bound
        ]
        if hanging:
            raise ProblemError(
                HTTPStatus.SERVICE_UNAVAILABLE, f"a loop hangs: {'; '.join(hanging)}"
            )
        turns = [{"name": loop.name, "age": round(age, 3)} for loop, age in ages]
        return _json({"status": "ok", "loops": turns})

    async def readyz(self, request: web.Request) -> web.Response:
        """A first full view of every cluster that it leads was held; standing by is ready, too.

        An old view does not make unready.
        """
        words_of(request)
        clusters = self._report.status().clusters
        waiting = [
            f"{cluster.alias}: {cluster.words or cluster.state}"
            for cluster in clusters
            if cluster.first_full_view is None and not cluster.standby
        ]
        if waiting:
            words = f"no full view yet of {'; '.join(waiting)}"
            raise ProblemError(HTTPStatus.SERVICE_UNAVAILABLE, words)
        led = [cluster.alias for cluster in clusters if not cluster.standby]
        standby = [cluster.alias for cluster in clusters if cluster.standby]
        return _json({"status": "ok", "clusters": led, "standby": standby})

    async def metrics(self, request: web.Request) -> web.Response:
        """Prometheus text, or OpenMetrics where that is asked for."""
        words_of(request)
        encode, content_type = choose_encoder(request.headers.get("Accept", ""))
        return web.Response(body=encode(self._registry), headers={"Content-Type": content_type})


def health_app(report: Report, liveness: Liveness, registry: CollectorRegistry) -> web.Application:
    """The application of the metrics listener."""
    app = web.Application(middlewares=[problems])
    app.on_response_prepare.append(add_headers)
    health = Health(report, liveness, registry)
    app.router.add_get("/livez", health.livez)
    app.router.add_get("/readyz", health.readyz)
    app.router.add_get("/metrics", health.metrics)
    return app


def _json(body: dict[str, object]) -> web.Response:
    return web.Response(body=msgspec.json.encode(body), content_type="application/json")
