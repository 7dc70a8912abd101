"""One service as ECS describes it, for ``daemonctl import``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from daemonctl.ports import ApiError, Transport


async def describe_service(transport: Transport, cluster: str, name: str) -> Mapping[str, Any]:
    """The service, with its tags. Raises ApiError, also where there is none of that name."""
    params = {"cluster": cluster, "services": [name], "include": ["TAGS"]}
    answer = await transport.call("ecs", "DescribeServices", params)
    found: list[Mapping[str, Any]] = list(answer.get("services") or ())
    if not found:
        words = f"no service {name!r} on cluster {cluster}; see `aws ecs list-services`"
        raise ApiError("ServiceNotFoundException", words)
    return found[0]
