"""The view of one cluster: facts in, hosts out. A reducer without clock or I/O.

Lists and events only add and change. What goes needs a describe: STOPPED, INACTIVE, or MISSING
twice (see doubts). An event about something unknown that it alone cannot tell fully, or that is
older than the last listing, is not believed: its subject is put down to be described.
"""

from __future__ import annotations

from collections.abc import Iterable
from heapq import heappop, heappush

from msgspec.structs import replace

from daemonctl.model.cluster import Task
from daemonctl.model.ids import ContainerInstanceArn, Owner, TaskArn, started_by
from daemonctl.model.observed import Host, Observed
from daemonctl.runtime.agents import Agents
from daemonctl.runtime.concern import STOPPED_KEPT, Concern
from daemonctl.runtime.doubts import Doubts
from daemonctl.runtime.facts import (
    Fact,
    InstanceSeen,
    InstancesMissing,
    ListingEnded,
    Source,
    TaskSeen,
    TasksMissing,
)
from daemonctl.runtime.leaving import Leaving, next_host, next_look
from daemonctl.runtime.marks import Marks
from daemonctl.runtime.registered import RegisteredHosts
from daemonctl.runtime.versions import join_instances, join_tasks

Changed = tuple[ContainerInstanceArn, ...]


class View:
    """What is known of one cluster. ``hosts`` has no other writer; its values are frozen.

    Args:
        owner: Whose tasks are ours.
        families: Families whose tasks concern us, whoever started them.
        born: When this view began, epoch seconds: a queue may hold what was said long before.
    """

    def __init__(self, owner: Owner, families: Iterable[str], born: float) -> None:
        self.hosts: dict[ContainerInstanceArn, Host] = {}
        self.instance_doubts: Doubts[ContainerInstanceArn] = Doubts()
        self.task_doubts: Doubts[TaskArn] = Doubts()
        self.leaving = Leaving(self.hosts, lambda: self.concern.listing_lag)
        self.marks = Marks(self.hosts, self.instance_doubts)
        self.agents = Agents(self.hosts)
        self.registered = RegisteredHosts(self.hosts, self.task_doubts.ask)
        self.concern = Concern(started_by(owner), frozenset(families))
        self._services: frozenset[str] = frozenset()
        self._complete = False
        self._as_of = 0.0
        self._born = born
        self._first_full_at: float | None = None
        self._home: dict[TaskArn, ContainerInstanceArn] = {}
        self._waiting: dict[ContainerInstanceArn, dict[TaskArn, Task]] = {}
        self._gone: dict[ContainerInstanceArn, tuple[float, int]] = {}  # when, at which version
        self._expiry: list[tuple[float, TaskArn]] = []

    def observed(self) -> Observed:
        """The view as the planner takes it."""
        return Observed(
            self.hosts,
            self._complete,
            self._as_of,
            self._first_full_at,
            self._services,
            self.leaving.daemon_services,
            self.leaving.gated_daemons,
            self.agents.catalog,
        )

    @property
    def complete(self) -> bool:
        """A whole listing has been seen since this process started."""
        return self._complete

    def concerns(self, task: Task) -> bool:
        """Whether a task is one that this view holds."""
        if self.concern.covers(task):
            return True
        host = self.hosts.get(task.instance)
        return host is not None and host.draining_since is not None

    def mind(self, concern: Concern) -> None:
        """Whose tasks concern us from now on; what does not any more is forgotten."""
        before, self.concern = self.concern, concern
        if before.everything and not concern.everything:
            for host in tuple(self.hosts.values()):
                if host.draining_since is None:
                    self._forget_others(host)

    def apply(self, fact: Fact) -> Changed:
        """Takes a fact in. Returns the instances whose host changed, came or went."""
        return self.registered.placed(self._apply(fact))

    def _apply(self, fact: Fact) -> Changed:
        match fact:
            case InstanceSeen():
                return self.agents.placed(self._instance_seen(fact))
            case TaskSeen():
                return self._task_seen(fact)
            case InstancesMissing():
                return self.agents.placed(self._drop_instances(fact))
            case TasksMissing():
                return self._drop_tasks(fact)
            case ListingEnded():
                self._complete = True
                self._as_of = max(self._as_of, fact.began)
                self._services = frozenset(fact.services)
                if self._first_full_at is None:
                    self._first_full_at = fact.at
            case _:
                return (
                    *self.agents.apply(fact),
                    *self.leaving.apply(fact),
                    *self.marks.apply(fact),
                    *self.registered.apply(fact),
                )
        return ()

    def expire(self, now: float) -> Changed:
        """Forgets what stopped an hour ago, and an old catalog. Returns the instances concerned."""
        changed: dict[ContainerInstanceArn, None] = dict.fromkeys(
            self.registered.placed(self.agents.expire(now))
        )
        while self._expiry and self._expiry[0][0] <= now:
            _, arn = heappop(self._expiry)
            changed.update(dict.fromkeys(self.registered.placed(self._remove_task(arn))))
        while self._gone:
            oldest = next(iter(self._gone))
            if self._gone[oldest][0] > now - STOPPED_KEPT:
                break
            del self._gone[oldest]
        return tuple(changed)

    def knows_stopped(self, arn: TaskArn) -> bool:
        """Whether a task is held as stopped: nothing about it will change any more."""
        task = self._find(arn)
        return task is not None and task.stopped

    def unlisted(
        self, instances: Iterable[ContainerInstanceArn], tasks: Iterable[TaskArn]
    ) -> tuple[tuple[ContainerInstanceArn, ...], tuple[TaskArn, ...]]:
        """What is held and not among these: instances, and tasks that have not stopped."""
        listed, listed_tasks = set(instances), set(tasks)
        return (
            tuple(arn for arn in self.hosts if arn not in listed),
            tuple(
                task.arn
                for host in self.hosts.values()
                for task in host.tasks
                if not task.stopped and task.arn not in listed_tasks and self._listable(host, task)
            ),
        )

    def _listable(self, host: Host, task: Task) -> bool:
        """Whether a resync lists such a task; others' are the census's."""
        return host.draining_since is not None or self.concern.names(task)

    def _instance_seen(self, fact: InstanceSeen) -> Changed:
        new = fact.instance
        held = self.hosts.get(new.arn)
        if new.arn in self._gone and new.version <= self._gone[new.arn][1]:
            return ()
        if held is None and new.status != "INACTIVE" and fact.source is Source.EVENT:
            self.instance_doubts.ask(new.arn, fact.at)  # an event lacks its capacity provider
            return ()
        self.instance_doubts.seen(new.arn)
        if held is None and new.status != "INACTIVE":
            self._gone.pop(new.arn, None)
            tasks = self._waiting.pop(new.arn, {}).values()
            host = replace(next_host(None, new, fact.at), tasks=tuple(sorted(tasks, key=_arn)))
            return self._put_host(None, host)
        joined = new
        if held is not None:
            joined = join_instances(held.instance, new, fuller=fact.source is Source.API)
            if joined == held.instance:
                return ()
        if held is None or joined.status == "INACTIVE":
            self._gone[new.arn] = (fact.at, joined.version)
            return self._remove_instance(new.arn)
        return self._put_host(held, next_host(held, joined, fact.at))

    def _put_host(self, held: Host | None, host: Host) -> Changed:
        arn = host.instance.arn
        self.hosts[arn] = host
        self.leaving.moved(held, host)
        if host.draining_since is None and held is not None and held.draining_since is not None:
            self._forget_others(host)  # it stays after all
        return (arn,)

    def _forget_others(self, host: Host) -> None:
        for task in host.tasks:
            if not self.concern.covers(task):
                self._remove_task(task.arn)
                self.task_doubts.seen(task.arn)

    def _task_seen(self, fact: TaskSeen) -> Changed:
        new = fact.task
        if not self.concerns(new) or new.instance in self._gone:
            return ()
        held = self._find(new.arn)
        if held is None:
            if self._not_to_believe(fact):
                self.task_doubts.ask(new.arn, fact.at)
                return ()
            if new.last_status == "DELETED":
                return ()
        self.task_doubts.seen(new.arn)
        joined = new if held is None else join_tasks(held, new, fuller=fact.source is Source.API)
        looks = (
            self.concern.next_health(joined, fact.at),
            next_look(self.hosts.get(joined.instance), joined, fact.at),
        )
        for again in looks:
            if again is not None:
                self.task_doubts.ask(joined.arn, again)
        if joined == held:
            return ()
        if joined.stopped and (held is None or not held.stopped):
            ended = fact.at if joined.stopped_at is None else joined.stopped_at
            heappush(self._expiry, (ended + self.concern.kept(joined), joined.arn))
        return self._put_task(joined, fact.at)

    def _not_to_believe(self, fact: TaskSeen) -> bool:
        """An event older than what listings show or will show: its task has come and gone."""
        listed = max(self._as_of, self._born) - self.concern.listing_lag
        old = fact.said_at is not None and fact.said_at < listed
        return old and fact.source is Source.EVENT

    def _put_task(self, task: Task, at: float) -> Changed:
        self._home[task.arn] = task.instance
        host = self.hosts.get(task.instance)
        if host is None:
            self._waiting.setdefault(task.instance, {})[task.arn] = task
            self.instance_doubts.ask(task.instance, at)
            return ()
        others = [other for other in host.tasks if other.arn != task.arn]
        tasks = tuple(sorted([*others, task], key=_arn))
        self.hosts[task.instance] = replace(host, tasks=tasks)
        return (task.instance,)

    def _find(self, arn: TaskArn) -> Task | None:
        home = self._home.get(arn)
        if home is None:
            return None
        host = self.hosts.get(home)
        if host is None:
            return self._waiting.get(home, {}).get(arn)
        return next((task for task in host.tasks if task.arn == arn), None)

    def _drop_tasks(self, fact: TasksMissing) -> Changed:
        changed: dict[ContainerInstanceArn, None] = {}
        for arn in fact.arns:
            task = self._find(arn)
            if task is None or task.stopped:
                self.task_doubts.seen(arn)
            elif self.task_doubts.missing(arn, fact.at):
                changed.update(dict.fromkeys(self._remove_task(arn)))
        return tuple(changed)

    def _drop_instances(self, fact: InstancesMissing) -> Changed:
        return tuple(
            changed
            for arn in fact.arns
            if self.instance_doubts.missing(arn, fact.at)
            for changed in self._remove_instance(arn)
        )

    def _remove_task(self, arn: TaskArn) -> Changed:
        home = self._home.pop(arn, None)
        if home is None:
            return ()
        self._waiting.get(home, {}).pop(arn, None)
        host = self.hosts.get(home)
        if host is None:
            return ()
        tasks = tuple(task for task in host.tasks if task.arn != arn)
        self.hosts[home] = replace(host, tasks=tasks)
        return (home,)

    def _remove_instance(self, arn: ContainerInstanceArn) -> Changed:
        host = self.hosts.pop(arn, None)
        waiting = self._waiting.pop(arn, {})
        for task in (*waiting.values(), *(host.tasks if host else ())):
            self._home.pop(task.arn, None)
            self.task_doubts.seen(task.arn)
        return (arn,) if host else ()


def _arn(task: Task) -> TaskArn:
    return task.arn
