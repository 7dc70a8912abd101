"""Task overrides filled in for one instance."""

from __future__ import annotations

import json
import re

from daemonctl.model.cluster import ContainerInstance
from daemonctl.model.ids import short
from daemonctl.model.overrides import Tree, normalise

_PLACE = re.compile(r"\{\{\s*([A-Za-z0-9]+|attribute:[^{}\s]+)\s*\}\}")
_KNOWN = (
    "ec2InstanceId",
    "privateIp",
    "availabilityZone",
    "instanceType",
    "containerInstanceId",
    "cluster",
)


class MissingValueError(ValueError):
    """A template asks for something that the instance does not have."""


def render(template: str, instance: ContainerInstance, cluster: str) -> str:
    """The normalised overrides for this instance. Any other ``{{…}}`` passes as it is.

    Values are put into the JSON strings, never into its text: an attribute's value cannot change
    the shape of the overrides.

    Raises:
        MissingValueError: The instance lacks a value; the message names it.
    """
    return normalise(_fill(json.loads(template), instance, cluster)) if template else ""


def fill(template: str, instance: ContainerInstance, cluster: str) -> str:
    """One text of a template for this instance. Raises MissingValueError."""
    return _PLACE.sub(lambda m: _value(m, instance, cluster), template)


def _filled(name: str) -> bool:
    return name in _KNOWN or name.startswith("attribute:")


def _fill(tree: Tree, instance: ContainerInstance, cluster: str) -> Tree:
    if isinstance(tree, str):
        return fill(tree, instance, cluster)
    if isinstance(tree, list):
        return [_fill(kid, instance, cluster) for kid in tree]
    if isinstance(tree, dict):
        return {key: _fill(kid, instance, cluster) for key, kid in tree.items()}
    return tree


def _value(match: re.Match[str], instance: ContainerInstance, cluster: str) -> str:
    name = match.group(1)
    if not _filled(name):
        return match.group(0)
    value = _values(instance, cluster).get(name)
    if name.startswith("attribute:"):
        value = instance.attributes.values.get(name.removeprefix("attribute:"))
    if not value:
        raise MissingValueError(name)
    return value


def _values(instance: ContainerInstance, cluster: str) -> dict[str, str]:
    return {
        "ec2InstanceId": instance.ec2_id,
        "privateIp": instance.private_ip,
        "availabilityZone": instance.zone,
        "instanceType": instance.attributes.values.get("ecs.instance-type", ""),
        "containerInstanceId": short(instance.arn),
        "cluster": cluster,
    }
