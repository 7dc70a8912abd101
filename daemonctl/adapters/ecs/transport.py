"""boto3 behind ports.Transport: blocking clients in threads of our own."""

from __future__ import annotations

import contextlib
import threading
from typing import Any

import boto3
import botocore
import botocore.config
from botocore.exceptions import BotoCoreError, NoCredentialsError

from daemonctl.adapters.ecs.errors import api_error
from daemonctl.adapters.ecs.garbled import watch
from daemonctl.adapters.ecs.sessions import session_for
from daemonctl.ports import ApiError, Wire
from daemonctl.runtime.threads import Closed, Threads

SERVICES = ("ecs", "sqs", "ec2", "s3", "ssm")
LONG_POLL = "ReceiveMessage"
LONG_POLL_SECONDS = 20
"""SQS's longest WaitTimeSeconds."""

MOST_BODY = 1024 * 1024 + 1
"""Bytes of an answer that comes as a stream (S3's objects): what is longer is cut off there."""


class BotoTransport:
    """Calls AWS with boto3, once each: never a retry, for StartTask has no client token.

    Credentials and endpoints come from boto3's own chain (``AWS_ENDPOINT_URL`` works); with
    ``role_arn`` they are those of that role. Clients are made at the first call of their service.

    Args:
        region: Where to; ``""`` leaves it to boto3's own chain.
        role_arn: A role to assume for all calls, renewed before it expires.
        workers: How many calls run side by side. Long polls have a thread each, besides.
        connect_seconds: How long to wait for a connection.
        read_seconds: How long to wait for an answer, beyond the wait of a long poll.
    """

    def __init__(
        self,
        region: str,
        role_arn: str = "",
        *,
        workers: int = 16,
        connect_seconds: float = 5.0,
        read_seconds: float = 15.0,
    ) -> None:
        self._region = region
        self._role_arn = role_arn
        self._workers = workers
        self._connect_seconds = connect_seconds
        self._read_seconds = read_seconds
        self._session: boto3.Session | None = None
        self._clients: dict[str, Any] = {}
        self._making = threading.Lock()  # sessions and the making of clients are not thread-safe
        self._threads = Threads(workers, "daemonctl-aws")

    async def call(self, service: str, operation: str, params: Wire) -> Wire:
        """See ports.Transport.

        Raises:
            ApiError: AWS refused, no answer came, or this is closed.
            ValueError: no such service or operation.
        """
        if service not in SERVICES:
            raise ValueError(f"{service!r} is not one of {', '.join(SERVICES)}")
        try:
            return await self._threads.run(
                lambda: self._send(service, operation, params), alone=operation == LONG_POLL
            )
        except Closed as closed:
            words = f"{operation}: daemonctl is shutting down"
            code = "Timeout" if closed.begun else "Unreachable"
            raise ApiError(code, words, ambiguous=closed.begun) from None

    def close(self) -> None:
        """Ends every wait at once: calls under way become ambiguous errors. No more calls."""
        self._threads.close()
        for client in list(self._clients.values()):
            client.close()

    def _send(self, service: str, operation: str, params: Wire) -> Wire:
        named = f"{service}:{operation}"
        try:
            method = getattr(self._client(service), botocore.xform_name(operation), None)
        except BotoCoreError as error:
            raise api_error(error, named) from error
        if method is None:
            raise ValueError(f"{service} has no operation {operation!r}")
        try:
            answer: dict[str, Any] = method(**params)
            if service == "s3" and "Body" in answer:
                with contextlib.closing(answer["Body"]) as body:
                    answer["Body"] = body.read(MOST_BODY)
        except Exception as error:  # whatever broke once it may have left is an unknown outcome
            if isinstance(error, NoCredentialsError):
                self._forget()
            raise api_error(error, named) from error
        answer.pop("ResponseMetadata", None)  # of boto3's making, not of the service's
        return answer

    def _client(self, service: str) -> Any:
        with self._making:
            if self._session is None:
                core = session_for(self._region, self._role_arn, self._config())
                self._session = boto3.Session(botocore_session=core)
            if service not in self._clients:
                wait = LONG_POLL_SECONDS if service == "sqs" else 0
                client = self._session.client(service, config=self._config(wait))
                if service != "s3":  # whose bodies are streams, which tell by themselves
                    watch(client)
                self._clients[service] = client
            return self._clients[service]

    def _forget(self) -> None:
        """Look for credentials anew: a client made without any would never have them."""
        with self._making:
            self._session = None
            self._clients.clear()

    def _config(self, wait: float = 0) -> botocore.config.Config:
        return botocore.config.Config(
            connect_timeout=self._connect_seconds,
            read_timeout=self._read_seconds + wait,
            # The first try counts: 1 is none more, whatever AWS_MAX_ATTEMPTS says.
            retries={"total_max_attempts": 1, "mode": "standard"},
            max_pool_connections=self._workers * 2,
            tcp_keepalive=True,
            user_agent_extra="daemonctl",
        )
