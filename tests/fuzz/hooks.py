"""What schemathesis is told beside the published description; it loads this file by its path.

Counts what was answered, and writes that down when it ends, to the file that FUZZ_COUNTS names.
"""

from __future__ import annotations

import atexit
import json
import os
from collections import Counter
from http import HTTPStatus
from pathlib import Path
from typing import Any

import requests
import schemathesis

COUNTS: Counter[tuple[str, int]] = Counter()


@schemathesis.hook
def after_call(_context: Any, case: Any, response: Any) -> None:
    COUNTS[case.operation.label, response.status_code] += 1
    if case.operation.path.endswith("/pause") and response.status_code == HTTPStatus.OK:
        # Or restart and undo would be refused from now on, for that reason alone.
        url = response.request.url.replace("/pause", "/resume")
        headers = {"Authorization": response.request.headers["Authorization"]}
        requests.post(url, headers=headers, timeout=30)


@schemathesis.hook
def filter_case(_context: Any, case: Any) -> bool:
    """`newest` goes with neither `after` nor `limit`: OpenAPI has no words for that."""
    query = case.query or {}
    return not ("newest" in query and {"after", "limit"} & {*query})


@schemathesis.hook
def filter_body(_context: Any, body: Any) -> bool:
    """To JSON Schema 3.0 is an integer. Nobody writes a revision's number so, and it is refused."""
    number = body.get("toRevision") if isinstance(body, dict) else None
    return not (isinstance(number, float) and number.is_integer())


@atexit.register
def write() -> None:
    counts = [[label, status, count] for (label, status), count in sorted(COUNTS.items())]
    Path(os.environ["FUZZ_COUNTS"]).write_text(json.dumps(counts), "utf-8")
