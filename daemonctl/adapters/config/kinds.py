"""Kinds of values that several parts of the config have, with the words for a bad one."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainValidator
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from daemonctl.model.spec import Share


class Part(BaseModel):
    """A mapping of the config: nothing converted, nothing unknown, ECS's lower camel case."""

    model_config = ConfigDict(
        strict=True,
        extra="forbid",
        frozen=True,
        alias_generator=to_camel,
        allow_inf_nan=False,
        hide_input_in_errors=True,
    )


def bad(words: str) -> PydanticCustomError:
    """A fault in our own words."""
    # Braces would be read as a place to fill in.
    return PydanticCustomError("bad", "{words}", {"words": words})


def text_like(pattern: str, words: str) -> AfterValidator:
    """Text of which all matches a pattern; ``words`` say what it looks like."""
    compiled = re.compile(pattern)

    def check(value: str) -> str:
        if not compiled.fullmatch(value):
            raise bad(words)
        return value

    return AfterValidator(check)


_PERCENT = re.compile(r"([1-9][0-9]?|100)%")


def _share(value: Any) -> Share:
    """A count from 1, or 1% to 100%."""
    if isinstance(value, int) and not isinstance(value, bool) and value >= 1:
        return Share(value)
    if isinstance(value, str) and (found := _PERCENT.fullmatch(value)):
        return Share(int(found.group(1)), percent=True)
    raise bad("has to be a count from 1, or per cent such as 10%")


ARN_START = r"arn:aws[a-z-]*:"
OwnerText = Annotated[
    str, text_like(r"[a-z0-9-]{1,16}", "has to be 1 to 16 of lower-case letters, digits and -")
]
DaemonText = Annotated[
    str, text_like(r"[a-z0-9-]{1,32}", "has to be 1 to 32 of lower-case letters, digits and -")
]
AliasText = Annotated[
    str, text_like(r"[A-Za-z0-9_-]{1,255}", "has to be 1 to 255 of letters, digits, - and _")
]
ClusterText = Annotated[
    str,
    text_like(
        rf"[A-Za-z0-9_-]{{1,255}}|{ARN_START}ecs:[a-z0-9-]+:\d{{12}}:cluster/[A-Za-z0-9_-]{{1,255}}",
        "has to be the name or the ARN of an ECS cluster",
    ),
]
AttributeText = Annotated[
    str,
    text_like(
        r"(?!ecs\.|com\.amazonaws\.)[A-Za-z0-9_./\\-]{1,128}",
        "has to be 1 to 128 of letters, digits, - _ . / \\, and none of ECS's own",
    ),
]
ServiceText = Annotated[
    str,
    text_like(r"[A-Za-z0-9_*-]{1,255}", "has to name an ECS service; * is any characters"),
]
RegionText = Annotated[
    str,
    text_like(r"[a-z]{2,4}(-[a-z0-9]+)+-\d+", "has to be an AWS region such as eu-central-1"),
]
RoleText = Annotated[
    str,
    text_like(
        rf"{ARN_START}iam::\d{{12}}:role/[\w+=,.@/-]{{1,576}}", "has to be an IAM role's ARN"
    ),
]
QueueText = Annotated[
    str, text_like(r"https?://[^\s/@?#]+/[^\s?#@]+", "has to be the URL of an SQS queue")
]
DefinitionText = Annotated[
    str,
    text_like(
        r"[A-Za-z0-9_-]{1,255}(:[1-9][0-9]*)?|"
        rf"{ARN_START}ecs:[a-z0-9-]+:\d{{12}}:task-definition/[A-Za-z0-9_-]{{1,255}}:[1-9][0-9]*",
        "has to be a family, family:revision or the ARN of a revision",
    ),
]
ShareValue = Annotated[Share, PlainValidator(_share)]
Seconds = Annotated[float, Field(ge=0)]
SomeSeconds = Annotated[float, Field(gt=0)]


def _listen(value: str) -> str:
    """``host:port``, an IPv6 host in brackets."""
    found = re.fullmatch(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+):(\d{1,5})", value)
    if found is None or int(found.group(2)) > _LAST_PORT:
        raise bad("has to be host:port, such as 127.0.0.1:8080")
    return value


_LAST_PORT = 65_535
ListenText = Annotated[str, AfterValidator(_listen)]


FileText = Annotated[str, Field(min_length=1)]
"""The path of a file. It is read when it is needed."""

DatacenterText = Annotated[
    str, text_like(r"[a-z0-9_-]{1,64}", "has to be the name of a Consul datacenter")
]

NamespaceText = Annotated[
    str,
    text_like(r"[a-zA-Z0-9-]{1,64}", "has to be the name of a Consul namespace or partition"),
]


def _consul(value: str) -> str:
    """``http://host:port`` and nothing else: what is in a URL ends in logs."""
    pattern = r"https?://(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::(\d{1,5}))?/?"
    found = re.fullmatch(pattern, value)
    if found is None or int(found.group(2) or 1) not in range(1, _LAST_PORT + 1):
        raise bad("has to be Consul's URL, such as http://consul.internal:8500")
    return value.rstrip("/")


def _advertise(value: str) -> str:
    """``http://host:port`` and nothing else: clients are sent there."""
    found = re.fullmatch(r"https?://(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+):(\d{1,5})", value)
    if found is None or int(found.group(2)) not in range(1, _LAST_PORT + 1):
        raise bad("has to be the URL of this replica's API, such as http://10.0.0.5:8080")
    return value


AdvertiseText = Annotated[str, AfterValidator(_advertise)]

ConsulText = Annotated[str, AfterValidator(_consul)]
