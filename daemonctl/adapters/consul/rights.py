"""Asks Consul whether the token may: what it may not see is left out of answers without a word.

``internal/acl/authorize`` is what Consul's own pages ask (agent/acl_endpoint.go, since 1.8).
"""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus

import msgspec
from msgspec import Struct

from daemonctl.adapters.consul.client import ConsulClient
from daemonctl.adapters.consul.errors import Asking
from daemonctl.model.rights import Right

_NO_ACLS = HTTPStatus.UNAUTHORIZED
"""Consul's odd status for "ACL support disabled": everybody may do everything."""


class _Right(Struct):
    allow: bool = msgspec.field(name="Allow")


async def missing(
    client: ConsulClient, asking: Asking, rights: Sequence[Right]
) -> tuple[Right, ...]:
    """Those that the token does not have.

    Raises:
        ConsulError: Consul gives no answer.
    """
    wanted = [
        {"Resource": one.resource, "Access": one.access, "Segment": one.segment} for one in rights
    ]
    answer = await client.call(
        "post", "internal/acl/authorize", asking, body=msgspec.json.encode(wanted)
    )
    if answer.status == _NO_ACLS:
        return ()
    if answer.status != HTTPStatus.OK:
        raise asking.answered(answer.status, answer.body or "it cannot say what the token may")
    try:
        told = msgspec.json.decode(answer.body, type=list[_Right])
    except msgspec.MsgspecError:
        raise asking.garbled("the answer about the token's rights cannot be read") from None
    if len(told) != len(rights):
        raise asking.garbled("the answer about the token's rights is not of what was asked")
    return tuple(one for one, right in zip(rights, told, strict=True) if not right.allow)


async def require(client: ConsulClient, asking: Asking, resource: str, segment: str) -> None:
    """That the token may read the ``resource`` (``node``, ``key``) wherever ``segment`` begins it.

    Raises:
        ConsulError: it may not, or Consul gives no answer.
    """
    if await missing(client, asking, (Right(resource, segment),)):
        raise asking.unauthorised(f"the token may not read every {resource}")
