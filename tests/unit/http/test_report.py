"""The documents: what the builders make of a cluster."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from msgspec.structs import replace

from daemonctl.model.reason import Code, Notice, Verdict
from daemonctl.runtime import advice
from daemonctl.runtime.report import AmbiguousError, NotFoundError


@pytest.fixture
def example(ex: SimpleNamespace) -> SimpleNamespace:
    made: SimpleNamespace = ex.Example()
    return made


def test_status_counts_instances_by_what_ecs_says_of_them(example: SimpleNamespace) -> None:
    (cluster,) = example.report.status().clusters
    states = cluster.instances
    assert (states.total, states.active, states.disconnected) == (5, 3, 1)
    assert (states.draining, states.other) == (1, 0)


def test_status_counts_what_waits_by_reason(example: SimpleNamespace) -> None:
    agent, registrator = example.report.status().clusters[0].daemons
    assert agent.blocked == {"AGENT_DISCONNECTED": 1, "NO_FIT": 1}
    assert registrator.blocked == {"AGENT_DISCONNECTED": 1, "BACKOFF": 1, "BLOCKED": 1}


def test_conditions_stand_with_their_daemon_or_with_the_cluster(example: SimpleNamespace) -> None:
    (cluster,) = example.report.status().clusters
    assert [each.notice for each in cluster.conditions] == ["API_BUDGET"]
    agent, registrator = cluster.daemons
    assert [each.notice for each in registrator.conditions] == ["SLOW_START"]
    assert agent.conditions == ()
    assert "`daemonctl status registrator`" in registrator.conditions[0].next
    assert cluster.conditions[0].next == advice.for_notice(Notice.API_BUDGET)


def test_age_is_the_oldest_live_task_of_ours(ex: SimpleNamespace, example: SimpleNamespace) -> None:
    agent = example.report.status().clusters[0].daemons[0]
    assert agent.since is not None
    assert agent.since.timestamp() == ex.NOW - 7300


@pytest.mark.parametrize(
    ("change", "state", "words"),
    [
        ({}, "ready", ""),
        ({"observed": None}, "starting", "first listing has not ended"),
        ({"observed": None, "trouble": "AccessDenied: no"}, "unreachable", "no view is held yet"),
        ({"trouble": "Timeout: no answer"}, "unreachable", "the view is 32 s old"),
        ({"unkept": "it is not saved: no."}, "ready", "no; updates wait for it, repair goes on"),
        ({"deaf": "the queue: no."}, "ready", "the queue: no; changes are seen at the next resync"),
    ],
)
def test_state_of_the_view(
    example: SimpleNamespace, change: dict[str, object], state: str, words: str
) -> None:
    example.show(**change)
    (cluster,) = example.report.status().clusters
    assert cluster.state == state
    assert words in cluster.words


def test_a_view_past_its_bound_is_stale(ex: SimpleNamespace, example: SimpleNamespace) -> None:
    bound = ex.DESIRED.stale_after_seconds
    example.clock.at = ex.NOW - 32 + bound
    assert example.report.status().clusters[0].state == "ready"
    example.clock.at += 1
    assert example.report.status().clusters[0].state == "stale"


def test_an_incomplete_listing_is_no_resync(ex: SimpleNamespace, example: SimpleNamespace) -> None:
    example.show(observed=replace(ex.facts().observed, complete=False))
    assert example.report.status().clusters[0].last_resync is None


def test_daemons_show_while_definitions_are_being_looked_up(example: SimpleNamespace) -> None:
    example.show(desired=None, counts={}, verdicts={}, observed=None)
    names = [each.name for each in example.report.status().clusters[0].daemons]
    assert names == ["consul-agent", "registrator"]


def test_daemon_document_names_failing_instances_with_their_reason(
    example: SimpleNamespace,
) -> None:
    document = example.report.daemon("web", "registrator")
    assert document.revisions == {"registrator:2": 1}
    codes = [row.verdict.code for row in document.failing]
    assert codes == ["BACKOFF", "BLOCKED", "AGENT_DISCONNECTED"]
    assert document.failing_total == 3
    failure = document.failing[0].verdict.last_failure
    assert failure is not None
    assert (failure.streak, failure.code) == (3, "EssentialContainerExited")


def test_failing_instances_are_capped_and_counted(
    ex: SimpleNamespace, example: SimpleNamespace
) -> None:
    letters = [f"{number:032x}" for number in range(150)]
    hosts = {}
    for name in letters:
        arn = ex.instance_arn("a").replace("a" * 32, name)
        hosts[arn] = ex.Host(ex.instance("a", arn=arn))
    verdicts = {(arn, ex.AGENT): Verdict(Code.HELD, "paused") for arn in hosts}
    observed = replace(ex.facts().observed, hosts=hosts)
    example.show(observed=observed, verdicts=verdicts)
    document = example.report.daemon("web", "consul-agent")
    assert (len(document.failing), document.failing_total) == (100, 150)


@pytest.mark.parametrize(
    ("alias", "daemon", "words"),
    [
        ("nope", "consul-agent", 'no cluster "nope"; the config has: web'),
        ("web", "nope", 'no daemon "nope" on cluster web; it has: consul-agent, registrator'),
    ],
)
def test_unknown_names_are_told_what_there_is(
    example: SimpleNamespace, alias: str, daemon: str, words: str
) -> None:
    with pytest.raises(NotFoundError, match=words):
        example.report.daemon(alias, daemon)


def test_pages_join_to_everything_once(example: SimpleNamespace) -> None:
    seen: list[str] = []
    after = ""
    for _ in range(10):
        page = example.report.instances("web", after, 2, "")
        assert page.total == 5
        seen += [row.ec2_instance_id[-1] for row in page.instances]
        after = page.next
        if not after:
            break
    assert seen == ["a", "b", "c", "d", "e"]


def test_a_full_last_page_has_no_next(example: SimpleNamespace) -> None:
    assert not example.report.instances("web", "", 5, "").next


def test_instances_by_verdict(example: SimpleNamespace) -> None:
    page = example.report.instances("web", "", 10, "NO_FIT")
    assert [row.ec2_instance_id for row in page.instances] == ["i-ccccccccccccccccc"]
    assert page.total == 1


@pytest.mark.parametrize(
    "ident",
    [
        "arn:aws:ecs:ap-northeast-1:111122223333:container-instance/web/" + "b" * 32,
        "b" * 32,
        "i-" + "b" * 17,
        "bbb",
        "i-bb",
    ],
)
def test_an_instance_by_any_of_its_names(example: SimpleNamespace, ident: str) -> None:
    document = example.report.instance("web", ident)
    assert document.instance.ec2_instance_id == "i-" + "b" * 17


@pytest.mark.parametrize("ident", ["", "i-", "zzz", "arn:aws:ecs:x:1:container-instance/web/bb"])
def test_what_names_no_instance(example: SimpleNamespace, ident: str) -> None:
    with pytest.raises(NotFoundError, match=r"no container instance"):
        example.report.instance("web", ident)


def test_an_ambiguous_name_lists_its_candidates(
    ex: SimpleNamespace, example: SimpleNamespace
) -> None:
    twin = ex.instance("b", arn=ex.instance_arn("b").replace("b" * 32, "bb" + "0" * 30))
    hosts = {**ex.hosts(), twin.arn: ex.Host(twin)}
    example.show(observed=replace(ex.facts().observed, hosts=hosts))
    # Old agents register anew after a restart: two container instances, one EC2 instance.
    with pytest.raises(AmbiguousError, match="names 2 container instances") as caught:
        example.report.instance("web", "i-" + "b" * 17)
    assert len(caught.value.candidates) == 2
    assert example.report.instance("web", "b" * 32).instance.id == "b" * 32


def test_foreign_and_orphaned_tasks_are_told_apart(example: SimpleNamespace) -> None:
    document = example.report.instance("web", "i-aaa")
    assert [task.task[0] for task in document.foreign] == ["5"]
    assert [task.task[0] for task in document.orphans] == ["6"]
    assert example.report.instance("web", "i-bbb").foreign == ()


def test_a_slot_says_what_runs_and_what_should(example: SimpleNamespace) -> None:
    agent, _ = example.report.instance("web", "i-aaa").instance.verdicts
    assert (agent.task, agent.task_status, agent.revision) == (
        "1" * 32,
        "RUNNING",
        "consul-agent:4",
    )
    assert agent.wanted == "consul-agent:4"
    draining, _ = example.report.instance("web", "i-ddd").instance.verdicts
    assert (draining.revision, draining.wanted) == ("consul-agent:4", "")


def test_the_task_of_a_slot_is_the_live_running_oldest(
    ex: SimpleNamespace, example: SimpleNamespace
) -> None:
    tasks = (
        ex.task("1", ex.AGENT, "a", desired_status="STOPPED", started_at=ex.NOW - 99_000),
        ex.task("2", ex.AGENT, "a", last_status="PENDING", started_at=None),
        ex.task("3", ex.AGENT, "a", started_at=ex.NOW - 10),
        ex.task("4", ex.AGENT, "a", started_at=ex.NOW - 20),
        ex.task("5", ex.AGENT, "a", started_at=ex.NOW - 30, started_by="daemonctl/other"),
        ex.task("6", ex.AGENT, "a", last_status="STOPPED", started_at=ex.NOW - 90_000),
    )
    host = ex.Host(ex.instance("a"), tasks)
    observed = replace(ex.facts().observed, hosts={host.instance.arn: host})
    example.show(observed=observed)
    agent, _ = example.report.instance("web", "i-aaa").instance.verdicts
    assert agent.task == "4" * 32


def test_events_come_in_pages_and_say_what_was_lost(example: SimpleNamespace) -> None:
    example.happen(60)  # the ring holds 50
    page = example.report.events(0, 20)
    assert [row.seq for row in page.events] == list(range(11, 31))
    assert (page.next, page.lost) == (30, False)
    page = example.report.events(30, 1000)
    assert ([row.seq for row in page.events][-1], page.next, page.lost) == (60, 60, False)
    assert example.report.events(60, 10).events == ()
    assert example.report.events(60, 10).next == 60
    assert example.report.events(5, 1).lost  # fell out of the ring
    assert example.report.events(10, 1).lost is False  # the first one held follows
    restarted = example.report.events(61, 1)  # another process's numbers
    assert (restarted.lost, restarted.events[0].seq) == (True, 11)


def test_rows_of_the_journal_are_the_ones_written(example: SimpleNamespace) -> None:
    example.happen(53)
    words = [row.words for row in example.report.events(0, 100).events]
    assert words == [str(number) for number in range(3, 53)]
