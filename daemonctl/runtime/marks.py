"""Attributes that daemonctl set: no event tells of them, so the answer of the call does."""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from daemonctl.model.cluster import AttributePool
from daemonctl.model.ids import ContainerInstanceArn
from daemonctl.model.observed import Host
from daemonctl.runtime.doubts import Doubts
from daemonctl.runtime.facts import Fact, PutEnded

DESCRIBED_AFTER: Final = 5.0
"""Seconds until the instance is described: an event from before may have undone it in the view."""


class Marks:
    """Keeps the attributes of a view's hosts true to what ECS took."""

    def __init__(
        self, hosts: dict[ContainerInstanceArn, Host], doubts: Doubts[ContainerInstanceArn]
    ) -> None:
        self._hosts = hosts
        self._doubts = doubts
        self._pool = AttributePool()

    def apply(self, fact: Fact) -> tuple[ContainerInstanceArn, ...]:
        """Takes in that attributes were set. Returns the instances that changed."""
        if not isinstance(fact, PutEnded) or fact.error is not None:
            return ()
        action = fact.action
        known = tuple(arn for arn in action.instances if arn in self._hosts)
        for arn in known:
            host = self._hosts[arn]
            value = action.value_on(arn)
            values = {**host.instance.attributes.values, action.attribute: value}
            marked = replace(host.instance, attributes=self._pool.intern(values))
            self._hosts[arn] = replace(host, instance=marked)
            self._doubts.ask(arn, fact.at + DESCRIBED_AFTER)
        return known
