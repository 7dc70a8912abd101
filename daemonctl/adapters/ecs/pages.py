"""Lists page by page, describes by the hundred."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

from daemonctl.adapters.ecs.caller import Caller
from daemonctl.model.ids import short
from daemonctl.ports import ApiError, Sink, Wire

T = TypeVar("T")

PAGE = 100
"""The most that a page of a List may hold and that a Describe may ask for."""

SIDE_BY_SIDE = 4
"""Describes under way at once; the budget, not the network, sets the pace."""


async def every_page(caller: Caller, operation: str, member: str, params: Wire) -> tuple[str, ...]:
    """All ARNs of a List, each once, in ECS's order. Pages may be short or empty.

    Raises:
        ApiError: a call failed, a page is no page, or ECS gave a page token twice: the list would
            never end.
    """
    found: dict[str, None] = {}
    seen: set[str] = set()
    token = ""
    while True:
        more = {"nextToken": token} if token else {}
        answer = await caller.read(operation, {**params, "maxResults": PAGE, **more})
        found.update(dict.fromkeys(member_of(answer, member, operation)))
        token = answer.get("nextToken") or ""
        if not token:
            return tuple(found)
        if token in seen:
            raise ApiError("RepeatedPage", f"{operation}: the same nextToken came twice")
        seen.add(token)


def member_of(answer: Wire, member: str, operation: str) -> Sequence[Any]:
    """A list that every answer of the operation has, be it empty.

    Raises:
        ApiError: it is not there: an answer that says nothing is not "nothing there".
    """
    rows = answer.get(member)
    if rows is None:
        raise ApiError("UnreadableAnswer", f"{operation}: an answer without {member}")
    return list(rows)


async def by_hundreds(
    arns: Sequence[str], describe: Callable[[Sequence[str]], Awaitable[T]]
) -> list[T]:
    """What ``describe`` says of each hundred, in order. Stops at the first failure.

    Raises:
        ApiError: a describe failed.
    """
    wanted = list(dict.fromkeys(arns))
    gate = asyncio.Semaphore(SIDE_BY_SIDE)

    async def one(at: int) -> T:
        async with gate:
            return await describe(wanted[at : at + PAGE])

    # No TaskGroup: before Python 3.13 its failure leaves the task that waits marked as cancelled.
    parts = [asyncio.ensure_future(one(at)) for at in range(0, len(wanted), PAGE)]
    try:
        return await asyncio.gather(*parts)
    finally:
        for part in parts:
            part.cancel()
        await asyncio.gather(*parts, return_exceptions=True)


def missing_of(asked: Sequence[str], answer: Wire, operation: str) -> tuple[str, ...]:
    """The ARNs that ECS calls MISSING, as they were asked for.

    Raises:
        ApiError: ECS could not describe one for another reason: what is unknown is not gone.
    """
    by_id = {short(arn): arn for arn in asked}
    missing: list[str] = []
    for failure in answer.get("failures") or ():
        arn, reason = by_id.get(short(failure.get("arn") or "")), failure.get("reason") or ""
        if reason != "MISSING":
            said = " ".join(str(failure.get(key) or "") for key in ("arn", "reason", "detail"))
            raise ApiError("DescribeFailure", f"{operation}: {said.strip()}")
        if arn is not None:
            missing.append(arn)
    return tuple(missing)


def tell_unanswered(
    sink: Sink, operation: str, asked: Sequence[str], answered: Sequence[str]
) -> None:
    """Logs what was asked for and is neither described nor a failure; it stays unknown."""
    ids = {short(arn) for arn in answered}
    left = [arn for arn in asked if short(arn) not in ids]
    if left:
        sink.log("warning", "describe_incomplete", operation=operation, unanswered=left)
