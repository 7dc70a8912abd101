"""What went wrong with a call to Consul, in one line for the operator."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import NamedTuple

import requests

from daemonctl.ports.consul import ConsulError

UNREACHABLE, TIMEOUT, UNAUTHORISED = "Unreachable", "Timeout", "Unauthorised"
REFUSED, UNAVAILABLE, GARBLED, CLOSED = "Refused", "Unavailable", "Garbled", "Closed"

_WORDS = 200
"""So much of an answer is told."""


@contextmanager
def told_as(kind: type[ConsulError]) -> Iterator[None]:
    """What goes wrong inside, as the error that a port names."""
    try:
        yield
    except ConsulError as error:
        raise kind(error.code, error.message, ambiguous=error.ambiguous) from None


class Keys(NamedTuple):
    """Where the operator says how Consul is reached."""

    address: str = "consul.address"
    token_file: str = "consul.tokenFile"  # noqa: S105  the name of a key
    ca_file: str = "consul.caFile"


_KEYS = Keys()


class Asking:
    """What was asked of whom: ``to read the catalog``, and what a token needs for it."""

    def __init__(self, address: str, what: str, needs: str, keys: Keys = _KEYS) -> None:
        self.address = address
        self.what = what
        self.needs = needs
        self.keys = keys

    def fault(self, code: str, words: str, step: str, *, ambiguous: bool = False) -> ConsulError:
        """An error: what happened, why, the next step."""
        return ConsulError(code, f"{self.what}: {words}; {step}", ambiguous=ambiguous)

    def unauthorised(self, words: str) -> ConsulError:
        """The token may not, or may not see everything."""
        step = f"check {self.keys.token_file} and that its policy has {self.needs}"
        return self.fault(UNAUTHORISED, words, step)

    def garbled(self, words: str) -> ConsulError:
        """Something answered that is not Consul."""
        step = f"check that {self.keys.address} ({self.address}) is Consul's HTTP API"
        return self.fault(GARBLED, words, step)

    def no_token(self, words: str) -> ConsulError:
        """The token file cannot be used."""
        return self.fault(
            UNAUTHORISED, f"the token file {words}", f"correct {self.keys.token_file}"
        )

    def silent(self, seconds: float, *, ambiguous: bool) -> ConsulError:
        """No answer in time."""
        words = f"Consul at {self.address} gave no answer within {seconds:.0f} s"
        step = "check that it runs and that daemonctl can reach it"
        return self.fault(TIMEOUT, words, step, ambiguous=ambiguous)

    def broken(self, error: requests.RequestException, seconds: float) -> ConsulError:
        """A call without an answer."""
        if isinstance(error, requests.exceptions.TooManyRedirects):
            return self.garbled(f"{self.address} answered with a redirect")
        if isinstance(error, requests.exceptions.SSLError):
            words = f"TLS with Consul at {self.address} failed ({_reason(error)})"
            step = f"check {self.keys.address} and {self.keys.ca_file}"
            return self.fault(UNREACHABLE, words, step)
        if isinstance(error, requests.exceptions.ConnectTimeout):
            return self.silent(seconds, ambiguous=False)
        if isinstance(error, requests.exceptions.Timeout):
            return self.silent(seconds, ambiguous=True)
        words = f"Consul at {self.address} cannot be reached ({_reason(error)})"
        step = f"check {self.keys.address} and that Consul runs there"
        refused = "NewConnectionError" in repr(error) or "NameResolutionError" in repr(error)
        return self.fault(UNREACHABLE, words, step, ambiguous=not refused)

    def answered(self, status: int, body: str) -> ConsulError:
        """An answer that is an error."""
        words = " ".join(body.split())[:_WORDS] or "no words"
        if status == HTTPStatus.FORBIDDEN:
            return self.unauthorised(f"Consul refuses it ({status}: {words})")
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            step = f"check the Consul servers behind {self.address} and that they have a leader"
            return self.fault(
                UNAVAILABLE, f"Consul cannot do it ({status}: {words})", step, ambiguous=True
            )
        step = f"check Consul's version and {self.keys.address}"
        return self.fault(REFUSED, f"Consul refuses it ({status}: {words})", step)


def _reason(error: BaseException) -> str:
    """The innermost cause: what requests and urllib3 wrap around it says nothing more."""
    seen = error
    while True:
        inner = getattr(seen, "reason", None) or next(
            (arg for arg in seen.args if isinstance(arg, BaseException)), None
        )
        if not isinstance(inner, BaseException):
            break
        seen = inner
    words = seen.strerror if isinstance(seen, OSError) and seen.strerror else str(seen)
    return " ".join(words.split(": ", 1)[-1].split())[:_WORDS] or type(seen).__name__
