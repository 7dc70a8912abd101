"""What somebody may have meant who wrote a name that is not there."""

from __future__ import annotations

from collections.abc import Iterable

_NAMED = 8
"""Names that are told one by one; of more only those that are near."""


def meant(word: str, known: Iterable[str]) -> str:
    """``did you mean "a" or "b"?`` with the nearest names; "" where none is near."""
    from difflib import get_close_matches  # it takes a while to import

    lower = {name.lower(): name for name in known}
    near = get_close_matches(word.lower(), lower, n=2, cutoff=0.6)
    return f"did you mean {' or '.join(repr(lower[each]) for each in near)}?" if near else ""


def there_are(word: str, known: Iterable[str], see: str) -> str:
    """What there is instead of ``word``: every name, or how many and how to ``see`` them."""
    names = list(dict.fromkeys(known))
    near = meant(word, names)
    if len(names) > _NAMED:
        told = f"there are {len(names)}: {see} lists them"
    else:
        told = f"there are: {', '.join(names)}" if names else "there are none"
    return f"{near} {told}".strip()
