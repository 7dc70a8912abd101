"""Which rows of the journal are asked for."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from daemonctl.model.ids import short


class Wanted(Struct, frozen=True):
    """Rows with these marks; "" takes any.

    ``instance`` is a container instance's ARN, its last part, or ``i-…``; the start is enough.
    """

    kind: str = ""
    cluster: str = ""
    daemon: str = ""
    instance: str = ""

    def takes(self, kind: str, cluster: str, daemon: str, *instance_ids: str) -> bool:
        """Whether a row with these marks is one of them."""
        return (
            self.kind in ("", kind)
            and self.cluster in ("", cluster)
            and self.daemon in ("", daemon)
            and (not self.instance or self._names(instance_ids))
        )

    def _names(self, instance_ids: tuple[str, ...]) -> bool:
        asked = short(self.instance)
        return any(each.startswith(asked) for each in instance_ids)


EVERYTHING: Final = Wanted()
