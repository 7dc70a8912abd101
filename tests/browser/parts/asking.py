"""The API beside the page: what it should show."""

from __future__ import annotations

import json
from typing import Any
from urllib.request import Request, urlopen


class Api:
    """Answers as documents, with the token where there is one."""

    def __init__(self, url: str, token: str = "") -> None:
        self.url = url
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    def get(self, path: str) -> Any:
        asked = Request(self.url + path, headers=self._headers)  # noqa: S310  ours, on loopback
        with urlopen(asked, timeout=30) as answer:  # noqa: S310  as above
            return json.loads(answer.read())

    def post(self, path: str) -> Any:
        asked = Request(self.url + path, headers=self._headers, method="POST")  # noqa: S310  as above
        with urlopen(asked, timeout=30) as answer:  # noqa: S310  as above
            return json.loads(answer.read())

    def rows(self, after: int = 0) -> list[dict[str, Any]]:
        """All rows of the journal after this number."""
        found: list[dict[str, Any]] = []
        while True:
            page = self.get(f"/v1/events?after={after}&limit=1000")
            found += page["events"]
            if not page["events"]:
                return found
            after = page["next"]
