"""A config in S3 or in a parameter of Systems Manager, asked for every few seconds."""

from __future__ import annotations

from typing import Final, Protocol

from daemonctl.adapters.config.remote import Text
from daemonctl.ports import ApiError, Clock, SourceError, Transport, Wire

LOOK_SECONDS: Final = 10.0
"""Between two looks: 8,640 a day, a third of a cent at S3's price, and free at Systems Manager."""

_UNCHANGED: Final = "304"
"""What botocore makes of "Not Modified": an error with the status as its code."""

_NAMED_WRONG: Final = "check the name in --config or DAEMONCTL_CONFIG, and the region"


class Aws(Transport, Protocol):
    """A transport that is this source's own."""

    def close(self) -> None:
        """Ends every wait at once."""
        ...


class S3Object:
    """``s3://bucket/key``: a GetObject that S3 answers only where the ETag is another."""

    def __init__(self, aws: Aws, clock: Clock, bucket: str, key: str) -> None:
        self._aws = aws
        self._clock = clock
        self._what = {"Bucket": bucket, "Key": key}
        self._ref = f"s3://{bucket}/{key}"

    async def read(self) -> Text:
        """See remote.Place."""
        try:
            return _object(await self._aws.call("s3", "GetObject", self._what))
        except ApiError as error:
            raise _told(self._ref, error) from None

    async def look(self, mark: str) -> Text | None:
        """See remote.Place."""
        await self._clock.sleep(LOOK_SECONDS)
        unless = {"IfNoneMatch": mark} if mark else {}
        try:
            return _object(await self._aws.call("s3", "GetObject", {**self._what, **unless}))
        except ApiError as error:
            if error.code == _UNCHANGED:
                return None
            raise _told(self._ref, error) from None

    def close(self) -> None:
        """See remote.Place."""
        self._aws.close()


class SsmParameter:
    """``ssm:/name``: GetParameter, which decrypts a SecureString. Its version tells of changes."""

    def __init__(self, aws: Aws, clock: Clock, name: str) -> None:
        self._aws = aws
        self._clock = clock
        self._name = name

    async def read(self) -> Text:
        """See remote.Place."""
        params = {"Name": self._name, "WithDecryption": True}
        try:
            found = (await self._aws.call("ssm", "GetParameter", params))["Parameter"]
        except ApiError as error:
            raise _told(f"ssm:{self._name}", error) from None
        # One that was deleted and made anew begins again at version 1.
        mark = f"{found['Version']} of {found.get('LastModifiedDate', '')}"
        return Text(str(found["Value"]).encode(), mark)

    async def look(self, mark: str) -> Text | None:
        """See remote.Place."""
        await self._clock.sleep(LOOK_SECONDS)
        text = await self.read()
        return None if text.mark == mark else text

    def close(self) -> None:
        """See remote.Place."""
        self._aws.close()


def _object(answer: Wire) -> Text:
    return Text(answer["Body"], str(answer.get("ETag", "")))


def _told(ref: str, error: ApiError) -> SourceError:
    # Other errors bring their next step with them (adapters.ecs.errors).
    wrong = ("NotFound" in error.code) or error.code.startswith(("NoSuch", "Invalid", "Validation"))
    step = f"; {_NAMED_WRONG}" if wrong else ""
    return SourceError(f"the config {ref} cannot be read: {error}{step}")
