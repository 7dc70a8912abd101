"""Nothing that changes something passes a transport that only reads."""

from __future__ import annotations

import pytest

from daemonctl.adapters.ecs.buckets import QUOTAS
from daemonctl.adapters.ecs.readonly import ReadOnly
from daemonctl.ports import ApiError, Wire


class Wide:
    def __init__(self) -> None:
        self.sent: list[str] = []

    async def call(self, service: str, operation: str, params: Wire) -> Wire:
        self.sent.append(operation)
        return {"of": service}


async def test_reads_pass_and_what_is_no_read_never_leaves() -> None:
    wide = Wide()
    narrow = ReadOnly(wide)
    writes = QUOTAS["cluster_resource_modify"].operations
    reads = [name for quota in QUOTAS.values() for name in quota.operations if name not in writes]
    for operation in reads:
        assert await narrow.call("ecs", operation, {}) == {"of": "ecs"}
    for service, operation in [("ecs", name) for name in writes] + [
        ("ecs", "TagResource"),
        ("sqs", "DeleteMessageBatch"),
        ("ec2", "TerminateInstances"),
    ]:
        with pytest.raises(ApiError, match="nothing is written here") as refused:
            await narrow.call(service, operation, {})
        assert (refused.value.code, refused.value.ambiguous) == ("NotSent", False)
    assert wide.sent == reads
