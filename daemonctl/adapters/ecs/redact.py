"""Keeping secrets out of what is told."""

from __future__ import annotations

import re

GONE = "[redacted]"

_NAMED = re.compile(
    r"(?i)\b((?:aws_?)?(?:secret(?:[_-]?access)?[_-]?key|access[_-]?key(?:[_-]?id)?|"
    r"(?:x-amz-)?(?:session|security)[_-]?token|x-amz-signature|x-amz-credential|signature|"
    r"credential|password|passwd|token|authorization)\"?\s*[=:]\s*\"?)(?:(?:bearer|basic)\s+)?"
    r"[^\s\"',;&]+"
)
_USER_INFO = re.compile(r"(?<=://)[^\s/@]+@")
_KEY_ID = re.compile(r"\b(?:AKIA|ASIA|AIDA|AROA|ABIA|ACCA)[A-Z0-9]{12,}\b")
_LONG = re.compile(r"[A-Za-z0-9/+_]{40,}={0,2}")
_ECS_ID = re.compile(r"/[0-9a-f]{32}$")


def redact(text: str) -> str:
    """``text`` without what looks like a key, a token, a signature or a password.

    Shapes are AWS's: key ids begin with a four-letter prefix, secret keys are 40 characters and
    session tokens hundreds of characters of base64. ECS's own ids (32 hexadecimal digits) stay.
    """
    text = _NAMED.sub(rf"\1{GONE}", text)
    text = _USER_INFO.sub(f"{GONE}@", text)
    text = _KEY_ID.sub(GONE, text)
    return _LONG.sub(_unless_plain, text)


def _unless_plain(found: re.Match[str]) -> str:
    run = found.group()
    mixed = any(c.isupper() for c in run) and any(c.islower() for c in run)
    random = mixed and any(c.isdigit() for c in run)
    return GONE if random and not _ECS_ID.search(run) else run
