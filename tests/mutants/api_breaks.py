"""Breaks of what clients of the API rely on: the description, pages, marks, packing, limits."""

from __future__ import annotations

from tests.mutants.breaks import Break

_DOCUMENT = "tests/unit/http/test_openapi.py"
_ANSWERS = "tests/unit/http/test_openapi_answers.py"
_API = "tests/unit/http/test_api.py"
_TRANSFER = "tests/unit/http/test_transfer.py"
_CONNECTION = "tests/unit/http/test_connection.py"
_OPERATE = "tests/unit/http/test_operate.py"


def _of(name: str, file: str, old: str, new: str, test: str) -> Break:
    return Break(f"api: {name}", f"daemonctl/http/{file}", old, new, (test,))


BREAKS = (
    _of(
        "a refusal that comes is not described",
        "operations.py",
        "    HTTPStatus.CONFLICT,\n    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,",
        "    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,",
        _ANSWERS,
    ),
    _of(
        "the description says that members may be missing",
        "openapi_schemas.py",
        "if field.required or not (",
        "if field.required and not (",
        _DOCUMENT,
    ),
    _of(
        "a handler without an operation is left out quietly",
        "operation.py",
        "if {each.id for each in operations} != set(handlers):",
        "if False:",
        _DOCUMENT,
    ),
    _of(
        "what it describes is open, too",
        "operation.py",
        "return resource is not None and resource.canonical in request.app.get(OPEN, set())",
        "return resource is not None",
        _DOCUMENT,
    ),
    _of(
        "a stale mark is taken for the current one",
        "answer.py",
        'if any(each.value in ("*", mark) for each in held):',
        "if held:",
        _TRANSFER,
    ),
    _of(
        "the mark is of the length alone",
        "answer.py",
        "blake2b(body, digest_size=12)",
        "blake2b(b'', digest_size=12)",
        _TRANSFER,
    ),
    _of(
        "a refused coding is used",
        "answer.py",
        "return gzipped > 0 and gzipped >=",
        "return gzipped >=",
        _TRANSFER,
    ),
    _of(
        "caches are not told that it depends on the coding",
        "answer.py",
        'response.headers[hdrs.VARY] = f"{varies}, {coding}" if varies else coding',
        'response.headers[hdrs.VARY] = varies or ""',
        _TRANSFER,
    ),
    _of(
        "the next page begins anew",
        "api.py",
        "update_query({AFTER_INSTANCE.name: after})",
        "update_query({})",
        _TRANSFER,
    ),
    _of(
        "what is no HTTP is answered as text",
        "connection.py",
        "            response = answer(request, _unreadable(exc))",
        "            return super().handle_error(request, status, exc, message)",
        _CONNECTION,
    ),
    _of(
        "connections are held without end",
        "connection.py",
        "keepalive_timeout=IDLE",
        "keepalive_timeout=0",
        _CONNECTION,
    ),
    _of(
        "whoever holds connections shuts others out",
        "connection.py",
        "                    each.give_way()",
        "                    self.give_way()",
        _CONNECTION,
    ),
    _of(
        "a body is waited for without end",
        "bodies.py",
        "async with asyncio.timeout(PATIENCE):",
        "async with asyncio.timeout(None):",
        _CONNECTION,
    ),
    _of(
        "compressed bodies are read as they are",
        "bodies.py",
        'if request.headers.get(hdrs.CONTENT_ENCODING, "identity") != "identity":',
        "if False:",
        _CONNECTION,
    ),
    _of(
        "an unknown parameter is overlooked",
        "query.py",
        "        if name not in known:",
        "        if False:",
        _API,
    ),
    _of(
        "an empty cluster is every cluster",
        "query.py",
        "if value is None or (not value and self.may_be_empty):",
        "if not value:",
        _OPERATE,
    ),
    _of(
        "a command takes what is another one's",
        "bodies.py",
        "forbid_unknown_fields=True",
        "forbid_unknown_fields=False",
        _OPERATE,
    ),
    Break(
        "api: a page shows other zones, too",
        "daemonctl/runtime/report_instances.py",
        'if zone in ("", host.instance.zone)]',
        "if zone is not None]",
        ("tests/unit/http/test_instances_page.py",),
    ),
    Break(
        "api: a page begins with the last row of the one before",
        "daemonctl/runtime/report_instances.py",
        "if short(host.instance.arn) > mark]",
        "if short(host.instance.arn) >= mark]",
        ("tests/unit/http/test_instances_page.py",),
    ),
)
