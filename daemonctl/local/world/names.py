"""Names of things: ARNs in the long format, fresh ids, times in words."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import blake2b


class Names:
    """ARNs of one account and region, and ids that only the dice decide."""

    def __init__(self, account: str, region: str, dice: Callable[[], float]) -> None:
        self.account = account
        self.region = region
        self._prefix = f"arn:aws:ecs:{region}:{account}:"
        self._salt = f"{dice():.17f}"
        self._count = 0

    def fresh(self, digits: int = 32) -> str:
        """A new id of so many hexadecimal digits; never the same twice in one world."""
        self._count += 1
        text = f"{self._salt}/{self._count}".encode()
        return blake2b(text, digest_size=(digits + 1) // 2).hexdigest()[:digits]

    def fresh_number(self, digits: int = 19) -> str:
        """A new id of decimal digits, as deployments have."""
        return str(int(self.fresh(32), 16))[:digits].rjust(digits, "1")

    def fresh_uuid(self) -> str:
        """A new id in the shape of a UUID, as events have."""
        raw = self.fresh(32)
        return f"{raw[:8]}-{raw[8:12]}-{raw[12:16]}-{raw[16:20]}-{raw[20:]}"

    def arn(self, kind: str, *parts: str) -> str:
        """``arn:aws:ecs:REGION:ACCOUNT:KIND/PART/PART``."""
        return f"{self._prefix}{kind}/{'/'.join(parts)}"

    def full(self, kind: str, cluster: str, name: str) -> str:
        """The ARN that ``name`` means in a cluster: itself, an old short ARN or a bare id."""
        if name.startswith("arn:"):
            if name.count("/") == 1:  # the old short format lacks the cluster
                return self.arn(kind, cluster, name.rpartition("/")[2])
            return name
        return self.arn(kind, cluster, name.rpartition("/")[2])


def iso(moment: float) -> str:
    """Epoch seconds as events write them: ``2025-01-02T03:04:05.678Z``."""
    text = datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds")
    return text[:-6] + "Z"


def iso_seconds(moment: float) -> str:
    """Epoch seconds without the fraction: ``2025-01-02T03:04:05Z``, for an event's envelope."""
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="seconds")[:-6] + "Z"
