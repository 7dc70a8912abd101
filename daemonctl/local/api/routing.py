"""Which service and operation a request means: by its target, its signature or its action."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from daemonctl.local.api import models
from daemonctl.local.world.errors import WorldError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from botocore.model import OperationModel

    Form = dict[str, str]

# Authorization: AWS4-HMAC-SHA256 Credential=KEY/20250102/us-east-1/ec2/aws4_request, …
_SCOPE = re.compile(r"Credential=[^/,]*/\d{8}/[^/,]+/([a-z0-9-]+)/aws4_request")
_BY_ACTION = ("sts", "autoscaling", "ec2")  # query services, the smaller models first


@dataclass(frozen=True)
class Asked:
    """What a request means.

    Attributes:
        service: ecs, sqs, ec2, sts or autoscaling.
        model: The operation.
        form: The parameters of the query protocol; None: the body is JSON.
    """

    service: str
    model: OperationModel
    form: Form | None


def asked(headers: Mapping[str, str], query: str, body: bytes) -> Asked:
    """Tell what a request means. Signatures are read, not verified.

    Raises:
        WorldError: It means nothing that the local ECS knows.
    """
    target = headers.get("X-Amz-Target")
    if target is not None:
        prefix, _, name = target.rpartition(".")
        found = models.BY_TARGET.get(prefix)
        model = models.operation(found, name) if found else None
        if found is None or model is None:
            raise WorldError("UnknownOperationException", f"There is no operation {target!r}.")
        return Asked(found, model, None)
    form = _form(query, body)
    action = form.get("Action")
    if not action:
        words = "The request names no operation: neither X-Amz-Target nor Action is there."
        raise WorldError("MissingAction", words)
    for name in _services(headers):
        model = models.operation(name, action)
        if model is not None:
            return Asked(name, model, form)
    raise WorldError("InvalidAction", f"The action {action} is not valid for this web service.")


def query_style(headers: Mapping[str, str], query: str, body: bytes) -> str | None:
    """Tell in which query service's style a request is to be refused; None: in JSON."""
    if "X-Amz-Target" in headers or "Action" not in _form(query, body):
        return None
    return _services(headers)[0]


def _services(headers: Mapping[str, str]) -> tuple[str, ...]:
    scope = _SCOPE.search(headers.get("Authorization", ""))
    if scope is None:
        return _BY_ACTION
    # SQS's older query protocol is not spoken: current SDKs and CLIs speak its JSON
    return (scope[1],) if scope[1] in _BY_ACTION else _BY_ACTION


def _form(query: str, body: bytes) -> Form:
    try:
        text = body.decode()
    except UnicodeDecodeError:
        text = ""
    return dict(parse_qsl(query, keep_blank_values=True)) | dict(
        parse_qsl(text, keep_blank_values=True)
    )
