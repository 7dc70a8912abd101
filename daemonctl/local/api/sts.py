"""STS: who am I, and roles that anybody may assume."""

from __future__ import annotations

from typing import TYPE_CHECKING

from daemonctl.local.world import fields
from daemonctl.local.world.errors import WorldError

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST_SECONDS = 43_200
FEWEST_SECONDS = 900
DEFAULT_SECONDS = 3_600


def call(
    account: str, operation: str, params: Mapping[str, object], now: float
) -> dict[str, object]:
    """Answer one STS operation; `now` is when credentials begin, in epoch seconds.

    Raises:
        WorldError: In STS's words.
    """
    if operation == "GetCallerIdentity":
        arn = f"arn:aws:iam::{account}:user/local"
        return {"UserId": "AIDALOCALECS00000001", "Account": account, "Arn": arn}
    if operation == "AssumeRole":
        return _assume_role(params, now)
    raise WorldError("InvalidAction", f"{operation} is not supported yet by the local ECS.")


def _assume_role(params: Mapping[str, object], now: float) -> dict[str, object]:
    role = fields.need_text(params, "RoleArn")
    session = fields.need_text(params, "RoleSessionName")
    seconds = fields.number(params, "DurationSeconds") or DEFAULT_SECONDS
    if not FEWEST_SECONDS <= seconds <= MOST_SECONDS:
        raise WorldError("ValidationError", f"DurationSeconds {seconds} is not in 900-43200.")
    if not role.startswith("arn:aws") or ":role/" not in role:
        raise WorldError("ValidationError", f"{role} is invalid")
    account, _, name = role.partition(":role/")
    assumed = f"{account.replace(':iam:', ':sts:')}:assumed-role/{name}/{session}"
    return {
        "Credentials": {
            "AccessKeyId": "ASIALOCALECS00000001",
            "SecretAccessKey": "local",
            "SessionToken": "local",
            "Expiration": now + seconds,
        },
        "AssumedRoleUser": {"AssumedRoleId": f"AROALOCALECS00000001:{session}", "Arn": assumed},
        "PackedPolicySize": 0,
    }
