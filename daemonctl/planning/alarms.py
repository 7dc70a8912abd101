"""When time alone may change a host: the next such moment, and whose it is."""

from __future__ import annotations

from heapq import heappop, heappush

from daemonctl.model.ids import ContainerInstanceArn


class Alarms:
    """At most one alarm a host. What was moved or taken back stays in the heap until it comes."""

    def __init__(self) -> None:
        self._heap: list[tuple[float, ContainerInstanceArn]] = []
        self._set: dict[ContainerInstanceArn, float] = {}  # the one that counts for each host

    def __len__(self) -> int:
        return len(self._heap)

    def put(self, arn: ContainerInstanceArn, at: float | None) -> None:
        """Sets a host's alarm, epoch seconds; None takes it back."""
        if at is None:
            self._set.pop(arn, None)
        elif self._set.get(arn) != at:
            self._set[arn] = at
            heappush(self._heap, (at, arn))

    def due(self, now: float) -> list[ContainerInstanceArn]:
        """The hosts whose time has come; their alarms are over."""
        due: list[ContainerInstanceArn] = []
        while (at := self.next()) is not None and at <= now:
            arn = heappop(self._heap)[1]
            del self._set[arn]
            due.append(arn)
        return due

    def next(self) -> float | None:
        """When the next one rings."""
        while self._heap and self._set.get(self._heap[0][1]) != self._heap[0][0]:
            heappop(self._heap)
        return self._heap[0][0] if self._heap else None
