"""How values are kept in a store: under which key, and with the number of their schema.

A value is a JSON object, ``{"schema": 2, "value": …}``. Whoever reads a newer schema than it knows
must leave the key alone: an older daemonctl never overwrites what a newer one wrote.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from daemonctl.model.ids import ClusterAlias, Owner

T = TypeVar("T")

Upgrade = Callable[[Any], Any]
"""Makes a value of one schema, as plain JSON, into one of the next."""


class SchemaError(Exception):
    """A value that cannot be used: of a newer daemonctl, or not one of daemonctl's."""


class _Envelope(Struct, frozen=True, forbid_unknown_fields=True):
    schema: int
    value: msgspec.Raw


def root(owner: Owner, cluster_arn: str, alias: ClusterAlias) -> str:
    """The prefix of all keys of one cluster: ``daemonctl/OWNER/ACCOUNT/REGION/ALIAS/``.

    ``cluster_arn`` is ECS's: ``arn:aws:ecs:REGION:ACCOUNT:cluster/NAME``.
    """
    _, _, _, region, account, _ = cluster_arn.split(":", 5)
    return f"daemonctl/{owner}/{account}/{region}/{alias}/"


def pack(value: object, schema: int) -> bytes:
    """The value as it is kept. Equal values give equal bytes."""
    raw = msgspec.Raw(msgspec.json.encode(value, order="deterministic"))
    return msgspec.json.encode(_Envelope(schema, raw))


def unpack(
    raw: bytes, kind: type[T], schema: int, upgrades: Mapping[int, Upgrade] | None = None
) -> T:
    """The value, brought up to ``schema`` by ``upgrades`` (from each number to the next).

    Raises:
        SchemaError: it is of a newer schema, of one without a way up, or no such value at all.
    """
    try:
        envelope = msgspec.json.decode(raw, type=_Envelope)
        if envelope.schema == schema:
            return msgspec.json.decode(envelope.value, type=kind)
        if envelope.schema > schema:
            raise SchemaError(
                f"it has schema {envelope.schema}, and this daemonctl knows {schema} and older: "
                "run the newer daemonctl, or delete the key"
            )
        plain = msgspec.json.decode(envelope.value)
        for at in range(envelope.schema, schema):
            if at not in (upgrades or {}):
                raise SchemaError(f"it has schema {at}, which has no way up: delete the key")
            plain = (upgrades or {})[at](plain)
        return msgspec.convert(plain, kind)
    except msgspec.MsgspecError as error:
        raise SchemaError(f"it is not what daemonctl writes ({error}): delete the key") from None
