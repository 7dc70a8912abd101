"""The agent's state file: which container instance it is, and its tasks.

It is written whole and put in place at once, before what it tells of is begun or acknowledged.
"""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from daemonctl.local.agent.record import TaskRecord

VERSION = 1


class StateError(Exception):
    """The state file cannot be used; the text is for the operator."""


class State(msgspec.Struct, kw_only=True):
    """All that outlives the process.

    Attributes:
        arrived: How many tasks ever came.
        sequence: The newest ``seqNum`` that was taken up.
    """

    version: int = VERSION
    cluster: str = ""
    instance_id: str = ""
    container_instance_arn: str | None = None
    arrived: int = 0
    sequence: int = 0
    tasks: list[TaskRecord] = []


class Store:
    """The file.

    Args:
        path: Its folder is made if need be.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._written = b""

    def load(self) -> State:
        """Read it; a fresh state where there is none.

        Raises:
            StateError: It cannot be read, or was written by something else.
        """
        try:
            state = msgspec.json.decode(self.path.read_bytes(), type=State)
        except FileNotFoundError:
            return State()
        except OSError as no:
            raise StateError(f"cannot read {self.path}: {no.strerror or no}") from no
        except msgspec.MsgspecError as no:
            raise StateError(
                f"{self.path} is no state file of an agent ({no}); name another with --state"
            ) from no
        if state.version != VERSION:
            raise StateError(
                f"{self.path} has version {state.version}, this agent writes {VERSION}: "
                "name another with --state"
            )
        return state

    def save(self, state: State) -> None:
        """Put it in place, if it changed.

        Raises:
            StateError: It cannot be written.
        """
        text = msgspec.json.encode(state)
        if text == self._written:
            return
        beside = self.path.with_name(f"{self.path.name}.new")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(text)
            beside.replace(self.path)
        except OSError as no:
            raise StateError(f"cannot write {self.path}: {no.strerror or no}") from no
        self._written = text
