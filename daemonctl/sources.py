"""Which source a ``--config`` names, and how it is reached before there is any config."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from daemonctl.adapters.config import ConfigError, Fault
from daemonctl.adapters.config.aws import S3Object, SsmParameter
from daemonctl.adapters.config.consul_kv import ConsulValue
from daemonctl.adapters.config.files import FileSource
from daemonctl.adapters.config.remote import RemoteSource
from daemonctl.adapters.consul.key import ConsulKey
from daemonctl.adapters.ecs.transport import BotoTransport
from daemonctl.ports import Clock, SpecSource

DEFAULT_PATH: Final = "daemonctl.yaml"

_S3: Final = "s3://"
_SSM: Final = "ssm:"
_CONSUL: Final = "consul:"


def is_remote(ref: str) -> bool:
    """Whether this is no file."""
    return ref.startswith((_S3, _SSM, _CONSUL))


def open_source(ref: str, clock: Clock, environ: Mapping[str, str] = os.environ) -> SpecSource:
    """The source that ``--config`` names; without one ``DAEMONCTL_CONFIG``, else daemonctl.yaml.

    Nothing is asked yet. ``s3://`` and ``ssm:`` are reached as boto3's own chain says, ``consul:``
    as ``CONSUL_HTTP_ADDR``, ``CONSUL_HTTP_TOKEN_FILE`` and ``CONSUL_CACERT`` do.

    Raises:
        ConfigError: this names no source.
    """
    ref = ref or environ.get("DAEMONCTL_CONFIG", "") or DEFAULT_PATH
    if ref.startswith(_S3):
        bucket, _, key = ref.removeprefix(_S3).partition("/")
        if not bucket or not key:
            raise _no(ref, "an object in S3 is named as s3://bucket/key")
        return RemoteSource(ref, S3Object(BotoTransport("", workers=1), clock, bucket, key))
    if ref.startswith(_SSM):
        name = ref.removeprefix(_SSM)
        if not name:
            raise _no(ref, "a parameter is named as ssm:/its/name")
        return RemoteSource(ref, SsmParameter(BotoTransport("", workers=1), clock, name))
    if ref.startswith(_CONSUL):
        key = ref.removeprefix(_CONSUL)
        if not key or key.startswith("/"):
            raise _no(ref, "a key of Consul's is named as consul:its/key, without a leading slash")
        token, ca_file = environ.get("CONSUL_HTTP_TOKEN_FILE", ""), environ.get("CONSUL_CACERT", "")
        return RemoteSource(
            ref, ConsulValue(ConsulKey(_consul(ref, environ), token, ca_file, key), ref)
        )
    return FileSource(ref, clock)


def _consul(ref: str, environ: Mapping[str, str]) -> str:
    """Consul's address as its own command line takes it from the environment."""
    address = environ.get("CONSUL_HTTP_ADDR", "") or "127.0.0.1:8500"
    if "://" not in address:
        secure = environ.get("CONSUL_HTTP_SSL", "").lower() in ("1", "t", "true")
        address = f"{'https' if secure else 'http'}://{address}"
    if not _plain(address):
        words = "CONSUL_HTTP_ADDR has to be host:port, or http(s)://host:port without a user"
        raise _no(ref, words)
    return address


def _plain(address: str) -> bool:
    try:
        parts = urlsplit(address)
        held = parts.hostname and parts.port != 0
    except ValueError:
        return False
    return bool(held) and parts.scheme in ("http", "https") and "@" not in parts.netloc


def _no(ref: str, words: str) -> ConfigError:
    return ConfigError([Fault("", 0, words)], ref)
