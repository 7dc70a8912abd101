"""`GET /`: what the server writes, for whom, and what a browser may do with it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer
from msgspec.structs import replace

from daemonctl.http.auth import TokenFile, proven, this_host_only
from daemonctl.http.page.assets import load
from daemonctl.http.page.markup import Markup, join, tag
from daemonctl.model.ids import ClusterAlias
from daemonctl.model.reason import Code, Condition, Notice, Verdict
from daemonctl.runtime.journal import Entry, Happened
from daemonctl.runtime.report_source import Role, Standing

Client = TestClient[Any, Any]
TOKEN = {"Authorization": "Bearer t0ken"}
FIRST_LOAD = 100 * 1024
EVIL = "<script>alert('&\"1\"')</script>"


class Seen(HTMLParser):
    """What a browser would load and run, and whether every element is closed."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.handlers: list[str] = []
        self.tags: list[str] = []
        self.open: list[str] = []
        self.feed(html)

    def handle_starttag(self, name: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append(name)
        if name not in {"meta", "link", "input", "br"}:
            self.open.append(name)
        for key, value in attributes:
            if key == "src" or (name == "link" and key == "href"):
                self.loads.append(value or "")
            if key.startswith("on") or key == "style":
                self.handlers.append(f"{name} {key}")

    def handle_endtag(self, name: str) -> None:
        assert self.open.pop() == name


@pytest.fixture
def example(ex: SimpleNamespace) -> SimpleNamespace:
    made: SimpleNamespace = ex.Example()
    return made


@pytest.fixture
async def page(example: SimpleNamespace) -> AsyncIterator[Client]:
    async with TestClient(TestServer(example.app(this_host_only("127.0.0.1")))) as client:
        yield client


@pytest.fixture
async def guarded(example: SimpleNamespace, tmp_path: Path) -> AsyncIterator[Client]:
    (tmp_path / "token").write_text("t0ken\n")
    app = example.app(proven(TokenFile(str(tmp_path / "token"))), authenticates=True)
    async with TestClient(TestServer(app)) as client:
        yield client


async def read(client: Client, path: str = "/", **more: Any) -> str:
    answer = await client.get(path, **more)
    assert answer.status == 200
    assert answer.content_type == "text/html"
    return str(await answer.text())


async def test_without_a_script_the_page_says_all_that_counts(
    example: SimpleNamespace, page: Client
) -> None:
    example.journal.add(Entry(Happened.VERDICT, "web", "registrator", code="BACKOFF", words="why"))
    html = await read(page)
    assert 'data-state="UNSAFE"' in html
    assert "Discovery is NOT safe on 3 of 4 instances" in html
    assert "3 failures in a row: container registrator exited" in html
    assert "Next: Read the container" in html
    for words in ("SLOW_START", "API_BUDGET", "Misscheduled", "All 5 instances", "BACKOFF</b>"):
        assert words in html
    assert re.search(r'<th scope="row">consul-agent</th><td class="n">4</td>', html)
    assert Seen(html).open == []


async def test_every_instance_is_in_pages_that_need_no_script(
    ex: SimpleNamespace, example: SimpleNamespace, page: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("daemonctl.http.page.routes.ROWS", 3)
    first = await read(page, "/?cluster=web")
    assert "5 instances of web" in first
    assert "NO_FIT</b> CPU: needs 128 units, 64 of 2048 left" in first
    assert "DISCONNECTED" not in first
    (following,) = re.findall(r'href="(/\?cluster=web&amp;after=c+)"', first)
    last = await read(page, following.replace("&amp;", "&"))
    assert "DISCONNECTED" in last
    assert "Next page" not in last
    assert Seen(first).open == Seen(last).open == []


@pytest.mark.parametrize(
    ("path", "status"), [("/?cluster=nope", 404), ("/?color=red", 400), ("/page/0/main.js", 404)]
)
async def test_what_is_not_there(page: Client, path: str, status: int) -> None:
    answer = await page.get(path)
    assert answer.status == status
    assert answer.content_type == "application/problem+json"
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'; frame")


async def test_words_from_outside_stay_words(
    ex: SimpleNamespace, example: SimpleNamespace, page: Client
) -> None:
    arn = ex.instance_arn("a")
    instance = replace(ex.hosts()[arn].instance, ec2_id=f"i-{EVIL}", agent_version=EVIL)
    hosts = {**ex.hosts(), arn: replace(ex.hosts()[arn], instance=instance)}
    example.show(
        spec=replace(ex.SPEC, alias=ClusterAlias(EVIL), region=EVIL),
        observed=replace(ex.facts().observed, hosts=hosts),
        verdicts={(arn, ex.AGENT): Verdict(Code.BACKOFF, EVIL)},
        conditions=(Condition(Notice.ROOM, EVIL, "registrator"), Condition(Notice.ZOMBIES, EVIL)),
        trouble="",
    )
    example.journal.add(Entry(Happened.ACTION, EVIL, EVIL, EVIL, EVIL, EVIL, EVIL))
    for path in ("/", "/?cluster=%3Cscript%3Ealert(%27%26%221%22%27)%3C/script%3E"):
        html = await read(page, path)
        assert "alert" in html
        assert "<script>alert" not in html
        assert Seen(html).tags.count("script") == 2


async def test_nothing_runs_or_loads_but_the_pages_own_files(page: Client) -> None:
    answer = await page.get("/")
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'")
    assert "unsafe" not in policy
    assert answer.headers["Cache-Control"] == "no-store"
    seen = Seen(await answer.text())
    assert seen.handlers == []
    assert "style" not in seen.tags
    assert all(re.fullmatch(r"/page/[0-9a-f]{16}/[\w.-]+", each) for each in seen.loads)
    assert sorted(each.rpartition("/")[2] for each in seen.loads) == sorted(
        [*load().files, "main.js"]  # named in advance as a module, and run
    )


async def test_the_files_may_be_kept_for_ever_and_need_no_token(guarded: Client) -> None:
    html = await read(guarded)
    for path in Seen(html).loads:
        answer = await guarded.get(path)
        assert answer.status == 200
        assert "immutable" in answer.headers["Cache-Control"]
        kinds = {"js": "text/javascript", "css": "text/css", "svg": "image/svg+xml"}
        assert answer.content_type == kinds[path.rpartition(".")[2]]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_without_the_token_the_page_tells_nothing_and_asks_for_it(
    example: SimpleNamespace, guarded: Client
) -> None:
    example.journal.add(Entry(Happened.ACTION, "web", code="StartTask ok", words="started"))
    html = await read(guarded)
    assert 'id="key-form"' in html
    assert "data-anonymous" in html
    assert "<noscript>" in html
    for secret in ("web", "consul", "ap-northeast", "i-b", "0.1.0", "StartTask", "NOT safe"):
        assert secret not in html
    assert re.search(r"<input[^>]* name=", html) is None  # nothing could put it into a URL
    example.clusters = []
    assert await read(guarded, "/?cluster=web&after=1") == html  # whatever there is, whoever asks


async def test_with_the_token_the_page_is_whole(guarded: Client) -> None:
    html = await read(guarded, headers=TOKEN)
    assert "Discovery is NOT safe on 3 of 4 instances" in html
    assert 'data-auth="token"' in html
    assert "data-anonymous" not in html
    wrong = await guarded.get("/", headers={"Authorization": "Bearer wrong"})
    assert wrong.status == 401
    assert (await guarded.get("/v1/status")).status == 401


async def test_where_there_is_no_token_the_page_knows(page: Client) -> None:
    assert 'data-auth="none"' in await read(page)
    elsewhere = await page.get("/", headers={"Host": "evil.example"})
    assert elsewhere.status == 421


async def test_head_is_answered_without_a_body(page: Client) -> None:
    answer = await page.head("/")
    assert answer.status == 200
    assert int(answer.headers["Content-Length"]) > 1000
    assert await answer.read() == b""


@pytest.mark.parametrize(
    ("address", "linked"), [("https://10.0.0.5:8080", True), ("javascript:alert(1)", False)]
)
async def test_a_standby_says_so_and_leads_to_the_leader(
    ex: SimpleNamespace, example: SimpleNamespace, page: Client, address: str, *, linked: bool
) -> None:
    away = Standing(Role.STANDBY, 1.0, "there", address, "the replica on there leads it")
    example.clusters = [ex.Live(type(ex.facts())(ex.SPEC, standing=away), None)]
    html = await read(page)
    assert 'data-state="UNKNOWN"' in html
    assert "This replica stands by: the replica on there leads it" in html
    assert (f'href="{address}/"' in html) == linked
    example.clusters.append(ex.Live(ex.facts(spec=replace(ex.SPEC, alias="ours")), None))
    both = await read(page)
    assert both.index('href="#cluster-ours"') < both.index('href="#cluster-web"')
    listing = await page.get("/?cluster=web", allow_redirects=False)
    assert listing.status == 307


async def test_the_first_load_keeps_its_bound_where_everything_fails(
    ex: SimpleNamespace, example: SimpleNamespace, page: Client
) -> None:
    words = "x" * 300
    failing = {key: Verdict(Code.BACKOFF, words) for key in ex.VERDICTS}
    noted = [Condition(notice, words, "registrator") for notice in list(Notice)[:12]]
    example.show(verdicts=failing, conditions=tuple(noted))
    for _ in range(50):
        example.journal.add(Entry(Happened.ACTION, "web", "registrator", words="y" * 2000))
    html = await read(page)
    assets = sum(len(each.body) for each in load().files.values())
    assert assets < 80 * 1024
    assert len(html.encode()) + assets <= FIRST_LOAD


def test_where_a_file_is_depends_on_what_all_of_them_hold() -> None:
    assets = load()
    assert assets.path("main.js") == f"/page/{assets.digest}/main.js"
    assert "boot.js" not in assets.modules
    assert all(each.body for each in assets.files.values())
    assert [name for name, each in assets.files.items() if b"cdn" in each.body] == []


def test_markup_escapes_everything_that_is_not_markup() -> None:
    assert tag("p", "<&>", title='"x"', hidden=True, class_=None) == (
        '<p title="&quot;x&quot;" hidden>&lt;&amp;&gt;</p>'
    )
    assert join(Markup("<b>"), "<b>", 1, None) == "<b>&lt;b&gt;1"
    assert tag("br") == "<br>"


def test_no_script_is_longer_than_300_lines() -> None:
    lengths = {name: each.body.count(b"\n") for name, each in load().files.items()}
    assert {name: lines for name, lines in lengths.items() if lines >= 300} == {}
