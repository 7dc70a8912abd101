"""Log lines: JSON for machines, and never a secret."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import cast

import pytest

from daemonctl.telemetry import redact
from daemonctl.telemetry.logs import open_log

KEY_ID = "AKIA" + "ABCDEFGHIJ234567"
SECRET = "wJalrXUtnFEMI" + "/K7MDENG/bPxRfiCYEXAMPLEKEY"


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level, raising = root.handlers[:], root.level, logging.raiseExceptions
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.raiseExceptions = raising


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Gone(io.StringIO):
    def write(self, _text: str, /) -> int:
        raise BrokenPipeError


def lines(out: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_json_a_line_where_there_is_no_terminal() -> None:
    out = io.StringIO()
    log = open_log(out)
    log.info("started", clusters=["web"], newline="a\nb")
    (line,) = lines(out)
    assert (line["event"], line["level"], line["clusters"]) == ("started", "info", ["web"])
    assert line["newline"] == "a\nb"
    assert str(line["timestamp"]).endswith("Z")


def test_words_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    out = Terminal()
    open_log(out).info("started", cluster="web")
    assert "cluster=web" in out.getvalue()
    assert "\x1b[" not in out.getvalue()
    assert not out.getvalue().startswith("{")


def test_debug_is_left_out_unless_asked_for() -> None:
    out = io.StringIO()
    open_log(out).debug("detail")
    assert out.getvalue() == ""
    open_log(out, level="debug").debug("detail")
    assert lines(out)[0]["event"] == "detail"


def test_other_libraries_go_the_same_way() -> None:
    out = io.StringIO()
    open_log(out)
    logging.getLogger("botocore.x").warning("slow %s", KEY_ID)
    logging.getLogger("botocore.x").info("chatter")
    (line,) = lines(out)
    assert (line["level"], line["logger"]) == ("warning", "botocore.x")
    assert KEY_ID not in str(line["event"])


def test_a_trace_is_in_the_line() -> None:
    out = io.StringIO()
    log = open_log(out)
    log.error("it failed", exc_info=ValueError(f"refused {KEY_ID}"))
    (line,) = lines(out)
    assert "ValueError: refused [redacted]" in str(line["exception"])


def test_a_reader_that_went_away_stops_nothing() -> None:
    open_log(Gone()).info("still here")
    closed = io.StringIO()
    log = open_log(closed)
    closed.close()
    log.info("still here")


@pytest.mark.parametrize(
    "name",
    [
        "token",
        "authToken",
        "X-Consul-Token",
        "secret",
        "aws_secret_access_key",
        "password",
        "Authorization",
        "sessionToken",
        "api_key",
        "private_key",
        "credentials",
        "Cookie",
    ],
)
def test_members_with_a_secret_name_are_hidden(name: str) -> None:
    assert redact.value(name, "plain") == redact.HIDDEN
    assert redact.value("outer", {name: "plain", "other": "kept"}) == {
        name: redact.HIDDEN,
        "other": "kept",
    }


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("tokens", 12),
        ("authTokenFile", "/run/secrets/daemonctl-token"),
        ("token_file", "/run/secrets/x"),
        ("task", "0123456789abcdef0123456789abcdef"),
        ("arn", "arn:aws:ecs:us-east-1:111122223333:task/MyClus1/0123456789abcdef0123456789abcdef"),
        ("instance", "i-0123456789abcdef0"),
        ("digest", "sha256:" + "0a" * 32),
        ("url", "https://sqs.us-east-1.amazonaws.com/111122223333/daemonctl-web"),
        ("words", "waits for API tokens: 4 starts"),
    ],
)
def test_what_is_no_secret_stays(name: str, what: object) -> None:
    assert redact.value(name, what) == what


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        (f"key {KEY_ID} is unknown", KEY_ID),
        (f"key ASIA{KEY_ID[4:]} is unknown", f"ASIA{KEY_ID[4:]}"),
        (f"signed with {SECRET}.", SECRET),
        ("sent Authorization: Bearer abc.def-123", "abc.def-123"),
        ("sent Basic dXNlcjpwYXNz", "dXNlcjpwYXNz"),
        ("GET /?X-Amz-Security-Token=FwoGZX%2F&a=1", "FwoGZX"),
        ("GET /?X-Amz-Signature=0a1b2c3d", "0a1b2c3d"),
        ("https://user:hunter22@consul.internal", "hunter22"),
        ('{"password": "hunter22"}', "hunter22"),
        ("SecretAccessKey=hunter22", "hunter22"),
        ("token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln", "eyJzdWIiOiIxIn0"),
        ("-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----", "MIIE"),
        ("session " + "Ab3/" * 40, "Ab3/Ab3/"),
    ],
)
def test_texts_lose_what_looks_like_a_secret(text: str, secret: str) -> None:
    cleaned = redact.text(text)
    assert secret not in cleaned
    assert redact.HIDDEN in cleaned
    nested = redact.value("words", [{"why": (text,)}])
    assert secret not in str(nested)


def test_objects_are_cleaned_as_their_text() -> None:
    assert redact.value("error", ValueError(f"no {KEY_ID}")) == "no [redacted]"
    assert cast("float", redact.value("age", 1.5)) == 1.5
