"""The API listener: documents, errors, headers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from daemonctl.http.auth import this_host_only


@pytest.fixture
def example(ex: SimpleNamespace) -> SimpleNamespace:
    made: SimpleNamespace = ex.Example()
    return made


@pytest.fixture
async def api(example: SimpleNamespace) -> AsyncIterator[TestClient[Any, Any]]:
    app = example.app(this_host_only("127.0.0.1"))
    async with TestClient(TestServer(app)) as client:
        yield client


async def test_status_in_camel_case_with_times_in_utc(api: TestClient[Any, Any]) -> None:
    answer = await api.get("/v1/status")
    assert answer.status == 200
    assert answer.content_type == "application/json"
    status = await answer.json()
    (cluster,) = status["clusters"]
    assert status["leader"] == {"enabled": False, "leads": ["web"]}
    assert cluster["lastResync"] == "2027-01-15T07:59:28Z"
    agent, registrator = cluster["daemons"]
    assert {name: agent[name] for name in ("desired", "current", "unavailable", "foreign")} == {
        "desired": 4,
        "current": 2,
        "unavailable": 2,
        "foreign": 1,
    }
    assert agent["wantedRevision"] == "consul-agent:4"
    assert registrator["dependsOn"] == [{"daemon": "consul-agent", "condition": "READY"}]


@pytest.mark.parametrize(
    ("path", "member"),
    [
        ("/v1/clusters/web/daemons/registrator", "failing"),
        ("/v1/clusters/web/instances", "instances"),
        ("/v1/clusters/web/instances/i-bbb", "instance"),
        (
            "/v1/clusters/web/instances/arn:aws:ecs:ap-northeast-1:111122223333"
            ":container-instance/web/" + "b" * 32,
            "instance",
        ),
        (
            "/v1/clusters/web/instances/arn:aws:ecs:ap-northeast-1:111122223333"
            ":container-instance%2Fweb%2F" + "b" * 32,
            "instance",
        ),
        ("/v1/clusters/web/grid", "standings"),
        ("/v1/plan", "clusters"),
        ("/v1/plan?cluster=web", "clusters"),
        ("/v1/events?after=0&limit=1000", "events"),
        ("/v1/events?newest=20", "events"),
    ],
)
async def test_every_path_answers(api: TestClient[Any, Any], path: str, member: str) -> None:
    answer = await api.get(path)
    assert answer.status == 200
    assert member in await answer.json()


async def test_paging_by_query(api: TestClient[Any, Any]) -> None:
    first = await (await api.get("/v1/clusters/web/instances?limit=3")).json()
    assert [len(first["instances"]), first["total"], first["next"]] == [3, 5, "c" * 32]
    rest = await (await api.get(f"/v1/clusters/web/instances?limit=3&after={'c' * 32}")).json()
    assert [len(rest["instances"]), rest["next"]] == [2, ""]
    few = await (await api.get("/v1/clusters/web/instances?verdict=BACKOFF")).json()
    assert [row["ec2InstanceId"] for row in few["instances"]] == ["i-" + "b" * 17]


@pytest.mark.parametrize(
    ("method", "path", "status", "words"),
    [
        ("GET", "/nope", 404, "there is nothing at /nope"),
        ("GET", "/v1/status/", 404, "there is nothing"),
        ("POST", "/v1/status", 405, "only GET, HEAD"),
        ("DELETE", "/v1/plan", 405, "only GET, HEAD"),
        ("GET", "/v1/status?x=1", 400, 'unknown query parameter "x"; it takes cluster'),
        ("GET", "/v1/events?afer=1", 400, "it takes after, limit, newest, cluster"),
        ("GET", "/v1/events?after=1&after=2", 400, "comes twice"),
        ("GET", "/v1/events?after=-1", 400, "whole number"),
        ("GET", "/v1/events?limit=0", 400, "from 1 to 1000"),
        ("GET", "/v1/events?limit=1001", 400, "from 1 to 1000"),
        ("GET", "/v1/events?limit=٣", 400, "whole number"),
        ("GET", "/v1/events?after=" + "9" * 5000, 400, "whole number"),
        ("GET", "/v1/clusters/web/instances?verdict=ready", 400, "READY, OUTDATED"),
        ("GET", "/v1/clusters/nope/instances", 404, "the config has: web"),
        ("GET", "/v1/clusters/web/instances/i-fff", 404, "no container instance"),
        ("GET", "/v1/clusters/web/daemons/nope", 404, "it has: consul-agent, registrator"),
        ("GET", "/v1/plan?cluster=nope", 404, "the config has: web"),
    ],
)
async def test_errors_are_problem_documents(
    api: TestClient[Any, Any], method: str, path: str, status: int, words: str
) -> None:
    answer = await api.request(method, path)
    assert answer.status == status
    assert answer.content_type == "application/problem+json"
    problem = await answer.json()
    assert problem["status"] == status
    assert problem["type"] == "about:blank"
    assert problem["instance"] == path.partition("?")[0]
    assert words in problem["detail"]


async def test_405_names_what_is_allowed(api: TestClient[Any, Any]) -> None:
    answer = await api.post("/v1/plan")
    assert answer.headers["Allow"] == "GET, HEAD, OPTIONS"


async def test_an_ambiguous_instance_is_a_conflict_with_candidates(
    ex: SimpleNamespace, example: SimpleNamespace, api: TestClient[Any, Any]
) -> None:
    twin = ex.instance("b", arn=ex.instance_arn("b").replace("b" * 32, "b1" + "0" * 30))
    hosts = {**ex.hosts(), twin.arn: ex.Host(twin)}
    example.show(observed=ex.replace(ex.facts().observed, hosts=hosts))
    answer = await api.get("/v1/clusters/web/instances/b")
    problem = await answer.json()
    assert answer.status == 409
    assert len(problem["candidates"]) == 2


async def test_a_bug_is_a_500_that_tells_nothing_of_the_inside(
    example: SimpleNamespace, api: TestClient[Any, Any], caplog: pytest.LogCaptureFixture
) -> None:
    example.clusters = None
    answer = await api.get("/v1/status")
    problem = await answer.json()
    assert answer.status == 500
    assert answer.content_type == "application/problem+json"
    assert "NoneType" not in problem["detail"]
    assert "NoneType" in caplog.text


async def test_head_answers_like_get_without_a_body(api: TestClient[Any, Any]) -> None:
    answer = await api.head("/v1/status")
    whole = await api.get("/v1/status")
    assert answer.status == 200
    assert await answer.read() == b""
    assert answer.headers["Content-Length"] == whole.headers["Content-Length"]


@pytest.mark.parametrize("path", ["/v1/status", "/nope"])
async def test_headers_on_every_answer(api: TestClient[Any, Any], path: str) -> None:
    headers = (await api.get(path)).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert headers["Server"] == "daemonctl"  # neither Python's version nor aiohttp's


async def test_a_name_pointed_at_loopback_by_somebody_else_is_refused(
    api: TestClient[Any, Any],
) -> None:
    answer = await api.get("/v1/status", headers={"Host": "evil.example:8080"})
    assert answer.status == 421
    for own in ("localhost:8080", "127.0.0.1", "[::1]:8080"):
        assert (await api.get("/v1/status", headers={"Host": own})).status == 200
