"""Which hosts a replan has to look at, gathered while facts are taken in."""

from __future__ import annotations

from collections.abc import Iterable

from daemonctl.model.ids import ContainerInstanceArn


class Changed:
    """Which hosts a replan has to look at."""

    def __init__(self) -> None:
        self.all = False
        self._arns: dict[ContainerInstanceArn, None] = {}

    def add(self, arns: Iterable[ContainerInstanceArn] | None) -> None:
        """These; None for all."""
        if arns is None:
            self.all = True
        else:
            self._arns.update(dict.fromkeys(arns))

    @property
    def arns(self) -> tuple[ContainerInstanceArn, ...] | None:
        """As Board.replan takes it."""
        return None if self.all else tuple(self._arns)
