"""The metrics listener: does it turn, is it ready, its numbers. No token: probes have none."""

from __future__ import annotations

from http import HTTPStatus

from aiohttp import web
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder

from daemonctl.http.answer import document
from daemonctl.http.headers import add_headers
from daemonctl.http.operation import Handle, Query, bind
from daemonctl.http.operations import HEALTH
from daemonctl.http.problem import ProblemError, problems
from daemonctl.runtime.liveness import Alive, Liveness, Ready, Turn
from daemonctl.runtime.report import Report


class Health:
    """The handlers of the metrics listener."""

    def __init__(self, report: Report, liveness: Liveness, registry: CollectorRegistry) -> None:
        self._report = report
        self._liveness = liveness
        self._registry = registry

    def handlers(self) -> dict[str, Handle]:
        """By the operations' ids."""
        return {"getLive": self._live, "getReady": self._ready, "getMetrics": self._metrics}

    async def _live(self, _request: web.Request, _query: Query) -> web.Response:
        """Every loop came round within its bound, whatever AWS does."""
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
        return document(Alive(tuple(Turn(loop.name, round(age, 3)) for loop, age in ages)))

    async def _ready(self, _request: web.Request, _query: Query) -> web.Response:
        """A first full view of every cluster that it leads was held; standing by is ready, too.

        An old view does not make unready.
        """
        clusters = self._report.status().clusters
        waiting = [
            f"{cluster.alias}: {cluster.words or cluster.state}"
            for cluster in clusters
            if cluster.first_full_view is None and not cluster.standby
        ]
        if waiting:
            words = f"no full view yet of {'; '.join(waiting)}"
            raise ProblemError(HTTPStatus.SERVICE_UNAVAILABLE, words)
        led = tuple(cluster.alias for cluster in clusters if not cluster.standby)
        standby = tuple(cluster.alias for cluster in clusters if cluster.standby)
        return document(Ready(led, standby))

    async def _metrics(self, request: web.Request, _query: Query) -> web.Response:
        """Prometheus text, or OpenMetrics where that is asked for."""
        encode, content_type = choose_encoder(request.headers.get("Accept", ""))
        return web.Response(body=encode(self._registry), headers={"Content-Type": content_type})


def health_app(report: Report, liveness: Liveness, registry: CollectorRegistry) -> web.Application:
    """The application of the metrics listener."""
    app = web.Application(middlewares=[problems])
    app.on_response_prepare.append(add_headers)
    bind(app, HEALTH, Health(report, liveness, registry).handlers())
    return app
