"""Who was turned away is counted every time, and logged now and then."""

from __future__ import annotations

from types import SimpleNamespace

from daemonctl.http.refusals import QUIET, Refusals, Why


def test_all_are_counted_and_some_are_logged(ex: SimpleNamespace) -> None:
    heard, clock = ex.Heard(), ex.Clock()
    refusals = Refusals(heard, clock)
    for _ in range(5):
        refusals.tell(Why.WRONG_TOKEN, "no", remote="10.0.0.7", path="/v1/freeze")
    refusals.tell(Why.ORIGIN, "a page")
    clock.at += QUIET - 1
    refusals.tell(Why.WRONG_TOKEN, "no")
    clock.at += 1
    refusals.tell(Why.WRONG_TOKEN, "no")
    reasons = [labels["reason"] for name, labels in heard.counted if name == "http_refused"]
    assert reasons == ["wrong_token"] * 5 + ["origin"] + ["wrong_token"] * 2
    said = [("warning", "request refused")] * 3
    assert [(level, event) for level, event, _ in heard.logged] == said
    assert [fields for _, _, fields in heard.logged] == [
        {"reason": "wrong_token", "words": "no", "remote": "10.0.0.7", "path": "/v1/freeze"},
        {"reason": "origin", "words": "a page"},
        {"reason": "wrong_token", "words": "no", "since_then_more": 5},
    ]
