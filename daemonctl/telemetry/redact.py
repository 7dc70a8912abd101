"""No secret leaves in a log line: members are judged by their name, texts by patterns."""

from __future__ import annotations

import re
from collections.abc import Mapping, MutableMapping

HIDDEN = "[redacted]"

_NAMES = re.compile(
    r"secret|passw|token(?!s$|_?file)|authori[sz]ation|credential|cookie"
    r"|(access|api|private|session|signing)[_-]?key",
    re.IGNORECASE,
)
"""Names of members that hold secrets; ``tokens`` are a bucket's, ``token_file`` is a path."""

_PATTERNS = (
    # AWS access key ids, long-lived, temporary and others.
    re.compile(r"\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}\b"),
    re.compile(
        r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL
    ),
    # JSON web tokens.
    re.compile(r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*"),
    # AWS session tokens and other long runs of base64: no name here is that long.
    re.compile(r"(?<![A-Za-z0-9+/=])[A-Za-z0-9+/]{100,}={0,2}"),
)

_NAMED_VALUES = (
    re.compile(r"(?i)\b((?:Bearer|Basic)\s+)[A-Za-z0-9._~+/=-]{6,}"),
    re.compile(r"(?i)(X-Amz-(?:Security-Token|Signature|Credential)=)[^&\s\"']+"),
    re.compile(r"(://)[^/@\s]+:[^/@\s]+(?=@)"),
    re.compile(
        r"(?i)((?:secret(?:[_-]?access)?(?:[_-]?key)?|password|passwd|(?:session|auth|access|api)"
        r"?[_-]?token|api[_-]?key)[\"']?\s*[=:]\s*[\"']?)[^\s\"',;&]{4,}"
    ),
)

_MAYBE_SECRET_KEY = re.compile(r"(?<![A-Za-z0-9+/=])[A-Za-z0-9+/]{40}(?![A-Za-z0-9+/=])")
_ID_AT_END = re.compile(r"/[0-9a-f]{32}$")


def text(words: str) -> str:
    """The text without what looks like a secret."""
    for pattern in _PATTERNS:
        words = pattern.sub(HIDDEN, words)
    for pattern in _NAMED_VALUES:
        words = pattern.sub(rf"\1{HIDDEN}", words)
    return _MAYBE_SECRET_KEY.sub(_secret_key, words)


def value(name: str, what: object) -> object:
    """A member of a log line: hidden by its name, else cleaned through and through."""
    if what is not None and not isinstance(what, bool) and _NAMES.search(name):
        return HIDDEN
    return _clean(what)


def processor(
    _logger: object, _method: str, event: MutableMapping[str, object]
) -> Mapping[str, object]:
    """For structlog's chain."""
    return {name: value(name, what) for name, what in event.items()}


def _clean(what: object) -> object:
    if isinstance(what, str):
        return text(what)
    if isinstance(what, Mapping):
        return {str(name): value(str(name), inner) for name, inner in what.items()}
    if isinstance(what, list | tuple):
        return [_clean(inner) for inner in what]
    if what is None or isinstance(what, bool | int | float):
        return what
    return text(str(what))


def _secret_key(match: re.Match[str]) -> str:
    """AWS secret keys are 40 of base64: mixed case with digits, and no cluster/id of an ARN."""
    found = match.group()
    mixed = any(c.isupper() for c in found) and any(c.islower() for c in found)
    is_key = mixed and any(c.isdigit() for c in found) and not _ID_AT_END.search(found)
    return HIDDEN if is_key else found
