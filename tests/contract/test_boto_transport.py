"""boto3 against a server that breaks: what is ambiguous, what is sent how often, how it ends."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from daemonctl.adapters.ecs.transport import BotoTransport
from daemonctl.ports import ApiError
from tests.contract.conftest import REGION

START = {"cluster": "web", "containerInstances": ["a"], "taskDefinition": "b"}
Writer = asyncio.StreamWriter


class Wreck:
    """An HTTP server that reads whole requests, counts them, and then misbehaves."""

    def __init__(self, behave: Callable[[Writer], Awaitable[None]]) -> None:
        self._behave = behave
        self.requests: list[bytes] = []
        self.came = asyncio.Event()
        self._busy: dict[asyncio.Task[None] | None, Writer] = {}

    async def end(self) -> None:
        """Lets go of whoever still waits."""
        for task, writer in list(self._busy.items()):
            if task is not None:
                task.cancel()
                await asyncio.wait([task])
            writer.close()

    async def __call__(self, reader: asyncio.StreamReader, writer: Writer) -> None:
        task = asyncio.current_task()
        self._busy[task] = writer
        await self._serve(reader, writer)
        writer.close()
        await writer.wait_closed()
        del self._busy[task]

    async def _serve(self, reader: asyncio.StreamReader, writer: Writer) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(
            int(line.split(b":")[1])
            for line in head.lower().split(b"\r\n")
            if line.startswith(b"content-length")
        )
        self.requests.append(head + await reader.readexactly(length))
        self.came.set()
        await self._behave(writer)


Opens = Callable[[Callable[[Writer], Awaitable[None]]], Awaitable[Wreck]]


@pytest.fixture
async def wreck(aws: Callable[[str], None]) -> AsyncIterator[Opens]:
    servers: list[tuple[asyncio.Server, Wreck]] = []

    async def opens(behave: Callable[[Writer], Awaitable[None]]) -> Wreck:
        found = Wreck(behave)
        server = await asyncio.start_server(found, "127.0.0.1", 0)
        servers.append((server, found))
        aws(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
        return found

    yield opens
    for server, found in servers:
        server.close()
        await found.end()


def answers(status: str, body: bytes) -> Callable[[Writer], Awaitable[None]]:
    async def behave(writer: Writer) -> None:
        head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        writer.write(head.encode() + body)
        await writer.drain()

    return behave


async def hangs(writer: Writer) -> None:
    await asyncio.Event().wait()


async def closes(writer: Writer) -> None:
    return


def cuts(body: bytes) -> Callable[[Writer], Awaitable[None]]:
    async def behave(writer: Writer) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n" + body)
        await writer.drain()

    return behave


@pytest.mark.parametrize(
    ("behave", "code", "ambiguous"),
    [
        (answers("500 Oops", b'{"__type": "ServerException"}'), "ServerException", True),
        (answers("503 Busy", b"<html>busy</html>"), "503", True),
        (answers("400 No", b'{"__type": "ThrottlingException"}'), "ThrottlingException", False),
        (answers("400 No", b'{"__type": "ClientException"}'), "ClientException", False),
        (closes, "Unreachable", True),
        (cuts(b'{"tasks": ['), "UnreadableAnswer", True),
        (cuts(b"{}"), "UnreadableAnswer", True),  # it could be all; its length says otherwise
        (answers("200 OK", b"<html>log in first</html>"), "UnreadableAnswer", True),
        (answers("200 OK", b"null"), "UnreadableAnswer", True),
        (answers("200 OK", b""), "UnreadableAnswer", True),
        (hangs, "Timeout", True),
    ],
)
async def test_one_attempt_and_no_more(
    wreck: Opens, behave: Callable[[Writer], Awaitable[None]], code: str, *, ambiguous: bool
) -> None:
    server = await wreck(behave)
    transport = BotoTransport(REGION, read_seconds=0.3 if behave is hangs else 30)
    with pytest.raises(ApiError) as raised:
        await transport.call("ecs", "StartTask", START)
    assert (raised.value.code, raised.value.ambiguous) == (code, ambiguous)
    assert len(server.requests) == 1
    assert b"AmazonEC2ContainerServiceV20141113.StartTask" in server.requests[0]
    assert b"daemonctl" in server.requests[0].split(b"\r\n\r\n")[0]
    transport.close()


@pytest.mark.parametrize("body", [b"<html>log in first</html>", b"<html>", b""])
async def test_a_strangers_page_is_no_answer_of_ec2(wreck: Opens, body: bytes) -> None:
    await wreck(answers("200 OK", body))
    transport = BotoTransport(REGION)
    with pytest.raises(ApiError) as raised:
        await transport.call("ec2", "DescribeInstances", {})
    assert (raised.value.code, raised.value.ambiguous) == ("UnreadableAnswer", True)
    transport.close()


async def test_nobody_there_is_not_ambiguous(aws: Callable[[str], None]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    aws(f"http://127.0.0.1:{port}")
    transport = BotoTransport(REGION)
    with pytest.raises(ApiError) as raised:
        await transport.call("ecs", "StartTask", START)
    assert (raised.value.code, raised.value.ambiguous) == ("Unreachable", False)
    assert str(port) in raised.value.message
    assert "AWS_ENDPOINT_URL" in raised.value.message
    transport.close()


async def test_no_credentials_no_request(wreck: Opens, monkeypatch: pytest.MonkeyPatch) -> None:
    server = await wreck(closes)
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    transport = BotoTransport(REGION)
    with pytest.raises(ApiError) as raised:
        await transport.call("ecs", "ListTasks", {})
    assert (raised.value.code, raised.value.ambiguous) == ("NoCredentials", False)
    assert "role" in raised.value.message
    assert server.requests == []
    transport.close()


async def test_no_region_and_bad_parameters_are_told(
    wreck: Opens, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = await wreck(closes)
    transport = BotoTransport("")
    with pytest.raises(ApiError) as raised:
        await transport.call("ecs", "StartTask", {"containerInstances": 5})
    assert (raised.value.code, raised.value.ambiguous) == ("ParamValidation", False)
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    with pytest.raises(ApiError) as raised:
        await BotoTransport("").call("ecs", "ListTasks", {})
    assert (raised.value.code, raised.value.ambiguous) == ("NoRegion", False)
    for service, operation in (("ecs", "StartTusk"), ("sns", "Publish")):
        with pytest.raises(ValueError, match=service):
            await transport.call(service, operation, {})
    assert server.requests == []
    transport.close()


ASSUMED = b"""<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
<AssumeRoleResult><Credentials><AccessKeyId>ASIAASSUMED</AccessKeyId>
<SecretAccessKey>x</SecretAccessKey><SessionToken>of-the-role</SessionToken>
<Expiration>2999-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult>
</AssumeRoleResponse>"""
ROLE = "arn:aws:iam::111122223333:role/daemonctl"


async def test_a_role_is_assumed_once_and_signs_every_call(wreck: Opens) -> None:
    async def behave(writer: Writer) -> None:
        asked = b"Action=AssumeRole" in server.requests[-1]
        await answers("200 OK", ASSUMED if asked else b'{"taskArns": ["a"]}')(writer)

    server = await wreck(behave)
    transport = BotoTransport(REGION, ROLE)
    for _ in range(2):
        assert await transport.call("ecs", "ListTasks", {}) == {"taskArns": ["a"]}
    assumed, *calls = server.requests
    assert ROLE.replace(":", "%3A").replace("/", "%2F").encode() in assumed
    assert len(calls) == 2
    assert all(b"Credential=ASIAASSUMED/" in call and b"of-the-role" in call for call in calls)
    transport.close()


DENIED = b"<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>"


@pytest.mark.parametrize(
    "behave", [answers("500 No", DENIED), answers("200 OK", b"<html></html>"), closes]
)
async def test_a_role_that_may_not_be_assumed_sent_no_start(
    wreck: Opens, behave: Callable[[Writer], Awaitable[None]]
) -> None:
    server = await wreck(behave)
    transport = BotoTransport(REGION, ROLE)
    with pytest.raises(ApiError) as raised:
        await transport.call("ecs", "StartTask", START)
    assert (raised.value.code, raised.value.ambiguous) == ("NoCredentials", False)
    assert ROLE in raised.value.message
    assert len(server.requests) == 1
    transport.close()


async def test_a_long_poll_holds_up_nobody(wreck: Opens) -> None:
    async def behave(writer: Writer) -> None:
        polls = b"AmazonSQS.ReceiveMessage" in server.requests[-1]
        await (hangs if polls else answers("200 OK", b'{"taskArns": []}'))(writer)

    server = await wreck(behave)
    transport = BotoTransport(REGION, workers=1)
    poll = asyncio.create_task(transport.call("sqs", "ReceiveMessage", {"QueueUrl": "http://q/q"}))
    await server.came.wait()
    assert await transport.call("ecs", "ListTasks", {}) == {"taskArns": []}
    assert not poll.done()
    transport.close()
    with pytest.raises(ApiError):
        await poll


async def test_close_ends_calls_and_long_polls_at_once(wreck: Opens) -> None:
    server = await wreck(hangs)
    transport = BotoTransport(REGION)
    poll = {"QueueUrl": "http://127.0.0.1/q", "WaitTimeSeconds": 20}
    waiting = [
        asyncio.create_task(transport.call("sqs", "ReceiveMessage", poll)),
        asyncio.create_task(transport.call("ecs", "StartTask", START)),
    ]
    while len(server.requests) < 2:
        server.came.clear()
        await server.came.wait()
    transport.close()
    ended = await asyncio.gather(*waiting, return_exceptions=True)
    assert [(e.code, e.ambiguous) for e in ended if isinstance(e, ApiError)] == [
        ("Timeout", True)
    ] * 2
    with pytest.raises(ApiError) as raised:
        await transport.call("ecs", "StartTask", START)
    assert (raised.value.code, raised.value.ambiguous) == ("Unreachable", False)
    assert all(t.daemon for t in threading.enumerate() if t.name == "daemonctl-aws")
