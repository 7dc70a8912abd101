"""The one way in which the world says no."""

from __future__ import annotations


class WorldError(Exception):
    """A refusal as AWS would answer it.

    Attributes:
        code: the exception's name on the wire, such as ``ClusterNotFoundException``.
        message: the sentence beside it, in AWS's words where they are known.
        status: the HTTP status.
    """

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status


def invalid(message: str) -> WorldError:
    """An ``InvalidParameterException``: the request's own values are wrong."""
    return WorldError("InvalidParameterException", message)


def client(message: str) -> WorldError:
    """A ``ClientException``: ECS's general refusal of what a client asked."""
    return WorldError("ClientException", message)
