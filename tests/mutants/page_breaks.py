"""Breaks of what the status page promises: the verdict, who sees it, and that words stay words."""

from __future__ import annotations

from tests.mutants.breaks import Break

_PAGE = "tests/unit/http/test_page.py"
_DISCOVERY = "tests/unit/http/test_discovery.py"
_FOUND = "runtime/report_discovery.py"


def _of(name: str, file: str, old: str, new: str, test: str) -> Break:
    return Break(f"page: {name}", f"daemonctl/{file}", old, new, (test,))


BREAKS = (
    _of(
        "text is taken for HTML",
        "http/page/markup.py",
        "return str(piece) if isinstance(piece, Markup) else escape(str(piece))",
        "return str(piece)",
        _PAGE,
    ),
    _of(
        "an attribute can end itself",
        "http/page/markup.py",
        "f' {_name(each)}=\"{escape(str(value))}\"'",
        "f' {_name(each)}=\"{value}\"'",
        _PAGE,
    ),
    _of(
        "whoever has no token sees everything",
        "http/page/routes.py",
        "return await packed(request, self.shell())",
        "return await handler(request)",
        _PAGE,
    ),
    _of(
        "a wrong token is answered with the form",
        "http/page/routes.py",
        ' or "Authorization" in request.headers',
        "",
        _PAGE,
    ),
    _of(
        "who is refused for another reason gets in",
        "http/page/routes.py",
        "if problem.status is not HTTPStatus.UNAUTHORIZED:",
        "if False:",
        _PAGE,
    ),
    _of(
        "a standby's link may be a script",
        "http/page/overview.py",
        'if urlsplit(address).scheme in ("http", "https"):',
        "if address:",
        _PAGE,
    ),
    _of(
        "the page may run what stands in it",
        "http/page/frame.py",
        "script-src 'self';",
        "script-src 'self' 'unsafe-inline';",
        _PAGE,
    ),
    _of(
        "files of another version are served for ever",
        "http/page/routes.py",
        ' or at["digest"] != self._assets.digest',
        "",
        _PAGE,
    ),
    _of(
        "an old view says that discovery is safe",
        _FOUND,
        "found = {} if why_unknown else _instances(state, names)",
        'found, why_unknown = _instances(state, names), ""',
        _DISCOVERY,
    ),
    _of(
        "a daemon that is not required makes discovery unsafe",
        _FOUND,
        "if spec.required) or tuple(",
        ") or tuple(",
        _DISCOVERY,
    ),
    _of(
        "the best of an instance's daemons counts",
        _FOUND,
        "_RANK[standing] < _RANK[held]",
        "_RANK[standing] > _RANK[held]",
        _DISCOVERY,
    ),
    _of(
        "an instance that drains is not safe",
        _FOUND,
        "gone = code in NOT_HERE_CODES or code is Code.ORPHAN",
        "gone = code is Code.ORPHAN",
        _DISCOVERY,
    ),
    _of(
        "what is frozen is called safe",
        _FOUND,
        "each.notice in (Notice.FROZEN, Notice.DRY_RUN)",
        "each.notice in (Notice.DRY_RUN,)",
        _DISCOVERY,
    ),
)
