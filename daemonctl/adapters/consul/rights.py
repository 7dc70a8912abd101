"""Asks Consul whether the token may: what it may not see is left out of answers without a word.

``internal/acl/authorize`` is what Consul's own pages ask (agent/acl_endpoint.go, since 1.8).
"""

from __future__ import annotations

from http import HTTPStatus

import msgspec
from msgspec import Struct

from daemonctl.adapters.consul.client import ConsulClient
from daemonctl.adapters.consul.errors import Asking

_NO_ACLS = HTTPStatus.UNAUTHORIZED
"""Consul's odd status for "ACL support disabled": everybody may do everything."""


class _Right(Struct):
    allow: bool = msgspec.field(name="Allow")


async def require(client: ConsulClient, asking: Asking, resource: str, segment: str) -> None:
    """That the token may read the ``resource`` (``node``, ``key``) wherever ``segment`` begins it.

    Raises:
        ConsulError: it may not, or Consul gives no answer.
    """
    wanted = [{"Resource": resource, "Access": "read", "Segment": segment}]
    answer = await client.call(
        "post", "internal/acl/authorize", asking, body=msgspec.json.encode(wanted)
    )
    if answer.status == _NO_ACLS:
        return
    if answer.status != HTTPStatus.OK:
        raise asking.answered(answer.status, answer.body or "it cannot say what the token may")
    try:
        rights = msgspec.json.decode(answer.body, type=list[_Right])
    except msgspec.MsgspecError:
        raise asking.garbled("the answer about the token's rights cannot be read") from None
    if not rights or not all(right.allow for right in rights):
        raise asking.unauthorised(f"the token may not read every {resource}")
