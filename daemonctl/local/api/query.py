"""Parameters of the query protocols (`Filter.1.Value.2=x`) into the shape of an operation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from daemonctl.local.world.errors import WorldError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from botocore.model import OperationModel, Shape

ENVELOPE = ("Action", "Version")
_SIGNATURE = ("X-Amz-", "AWSAccessKeyId", "Signature", "Timestamp", "SecurityToken")
BOOLEANS = {"true": True, "false": False, "1": True, "0": False}


class _Reader:
    def __init__(self, form: Mapping[str, str], *, ec2: bool) -> None:
        self._form = form
        self._ec2 = ec2
        self.used: dict[str, None] = {}

    def read(self, shape: Shape, prefix: str) -> object | None:
        """Read what is there below a prefix; None: nothing."""
        kind = shape.type_name
        if kind == "structure":
            return self._structure(shape, prefix)
        if kind == "list":
            return self._list(shape, prefix)
        if kind == "map":
            return self._map(shape, prefix)
        text = self._form.get(prefix)
        if text is None:
            return None
        self.used[prefix] = None
        return _scalar(kind, text, prefix)

    def _structure(self, shape: Shape, prefix: str) -> dict[str, object] | None:
        if prefix and not self._below(prefix):  # also what ends shapes that hold themselves
            return None
        found: dict[str, object] = {}
        for name, member in shape.members.items():
            value = self.read(member, f"{prefix}.{self._key(name, member)}".removeprefix("."))
            if value is not None:
                found[name] = value
        return found

    def _list(self, shape: Shape, prefix: str) -> list[object] | None:
        flat = self._ec2 or shape.serialization.get("flattened")
        base = prefix if flat else f"{prefix}.member"
        return self._numbered(base, shape.member)

    def _numbered(self, base: str, member: Shape) -> list[object] | None:
        found: list[object] = []
        while (value := self.read(member, f"{base}.{len(found) + 1}")) is not None:
            found.append(value)
        return found or None

    def _map(self, shape: Shape, prefix: str) -> dict[str, object] | None:
        found: dict[str, object] = {}
        while True:
            entry = f"{prefix}.entry.{len(found) + 1}"
            key, value = (
                self.read(shape.key, f"{entry}.key"),
                self.read(shape.value, entry + ".value"),
            )
            if key is None or value is None:
                return found or None
            found[str(key)] = value

    def _below(self, prefix: str) -> bool:
        return any(key.startswith(prefix + ".") for key in self._form)

    def _key(self, name: str, member: Shape) -> str:
        said = str(member.serialization.get("name", name))
        if not self._ec2:
            return said
        own = member.serialization.get("queryName")
        return str(own) if own else said[:1].upper() + said[1:]


def _scalar(kind: str, text: str, name: str) -> object:
    try:
        if kind in ("integer", "long"):
            return int(text)
        if kind in ("float", "double"):
            return float(text)
        if kind == "boolean":
            return BOOLEANS[text.lower()]
    except (ValueError, KeyError):
        words = f"Value ({text}) for parameter {name} is invalid: no {kind}."
        raise WorldError("InvalidParameterValue", words) from None
    return text


def params_of(model: OperationModel, form: Mapping[str, str], *, ec2: bool) -> dict[str, object]:
    """Read an operation's parameters.

    Raises:
        WorldError: A value is of the wrong kind, or a parameter is none of the operation's.
    """
    reader = _Reader(form, ec2=ec2)
    shape = model.input_shape
    found = reader.read(shape, "") if shape is not None else {}
    for key in form:
        if key not in reader.used and key not in ENVELOPE and not key.startswith(_SIGNATURE):
            raise WorldError("UnknownParameter", f"The parameter {key} is not recognized")
    return found if isinstance(found, dict) else {}
