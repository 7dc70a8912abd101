from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemonctl.adapters.ecs.buckets import JITTER_SECONDS, QUOTAS, Buckets
from tests.unit.adapters.conftest import StandingClock


def spend_all(buckets: Buckets) -> int:
    spent = 0
    while buckets.spend("StartTask"):
        spent += 1
    return spent


@pytest.mark.parametrize(("budget", "burst"), [(1.0, 90), (0.5, 50), (0.1, 10), (0.001, 1)])
def test_a_full_bucket_is_the_budgets_share_less_the_margin(
    clock: StandingClock, budget: float, burst: int
) -> None:
    buckets = Buckets(clock, budget=budget, jitter=lambda: 0.0)
    assert buckets.tokens().calls == burst
    assert buckets.tokens().refill_at is None
    assert spend_all(buckets) == burst
    assert buckets.tokens().calls == 0


@pytest.mark.parametrize("budget", [0.0, -1.0, 1.01, float("nan")])
def test_a_budget_is_a_share(clock: StandingClock, budget: float) -> None:
    with pytest.raises(ValueError, match="budget"):
        Buckets(clock, budget=budget, jitter=lambda: 0.0)


def test_tokens_come_back_and_the_next_one_is_foretold(clock: StandingClock) -> None:
    buckets = Buckets(clock, budget=0.5, jitter=lambda: 0.0)
    spend_all(buckets)
    refill_at = buckets.tokens().refill_at
    assert refill_at == pytest.approx(clock.time + 1 / 20)
    clock.time = refill_at or 0
    assert buckets.tokens().calls == 1
    assert buckets.spend("StopTask")
    assert not buckets.spend("StartTask")
    clock.time += 1
    assert buckets.tokens().calls == 20
    clock.time += 1000
    assert buckets.tokens().calls == 50


async def test_reads_wait_their_turn_and_do_not_touch_the_writes(clock: StandingClock) -> None:
    buckets = Buckets(clock, budget=0.5, jitter=lambda: 0.0)
    began, order = clock.time, list[int]()

    async def read(number: int) -> None:
        await buckets.take("DescribeTasks")
        order.append(number)

    await asyncio.gather(*(read(n) for n in range(70)))
    assert order == list(range(70))
    # 50 at once, then 10 a second
    assert clock.time - began == pytest.approx(2.0, abs=0.01)
    assert buckets.tokens().calls == 50


async def test_one_that_gives_up_waiting_lets_the_next_through(clock: StandingClock) -> None:
    buckets = Buckets(clock, budget=0.5, jitter=lambda: 0.0)
    for _ in range(50):
        await buckets.take("ListTasks")
    first = asyncio.create_task(buckets.take("ListTasks"))
    await asyncio.sleep(0)
    second = asyncio.create_task(buckets.take("ListTasks"))
    first.cancel()
    await asyncio.wait_for(second, 5)
    assert first.cancelled()


def test_a_throttle_empties_the_bucket_and_holds_it_back_longer_each_time(
    clock: StandingClock,
) -> None:
    buckets = Buckets(clock, budget=1.0, jitter=lambda: 1.0)
    holds = []
    for _ in range(8):
        holds.append(buckets.throttled("StartTask"))
        assert buckets.tokens().calls == 0
        refill_at = buckets.tokens().refill_at
        assert refill_at == pytest.approx(clock.time + holds[-1] + 1 / 39.96)
        clock.time += holds[-1] + 2
        assert buckets.tokens().calls > 0
    assert holds == pytest.approx([1, 2, 4, 8, 16, 30, 30, 30])
    assert buckets.levels()["cluster_resource_read"] == 95


def test_throttles_of_calls_sent_together_are_one(clock: StandingClock) -> None:
    buckets = Buckets(clock, budget=1.0, jitter=lambda: 1.0)
    first = buckets.throttled("StartTask")
    assert [buckets.throttled("StartTask") for _ in range(5)] == pytest.approx([first] * 5)
    clock.time += first + 1
    assert buckets.throttled("StartTask") == pytest.approx(2 * first)


def test_jitter_spreads_a_hold_over_its_second_half(clock: StandingClock) -> None:
    held = [
        Buckets(clock, budget=1.0, jitter=lambda d=dice: d).throttled("StopTask")
        for dice in (0.0, 0.5, 0.999)
    ]
    assert held == pytest.approx([0.5, 0.75, 0.9995])


def test_success_after_a_hold_takes_its_growth_back(clock: StandingClock) -> None:
    buckets = Buckets(clock, budget=1.0, jitter=lambda: 1.0)
    for _ in range(3):
        clock.time += buckets.throttled("StartTask")
        buckets.succeeded("StartTask")
    # each throttle doubled it, each success halved it again
    assert buckets.throttled("StartTask") == pytest.approx(1.0)
    buckets.succeeded("StartTask")  # sent before the throttle: says nothing
    clock.time += 1.0
    assert buckets.throttled("StartTask") == pytest.approx(2.0)


def test_another_share_takes_what_does_not_fit_and_gives_nothing() -> None:
    clock = StandingClock()
    buckets = Buckets(clock, budget=0.5, jitter=lambda: 0.0)
    assert buckets.tokens().calls == 50
    buckets.resize(0.25)
    assert buckets.tokens().calls == 25
    clock.time += 1000.0
    assert buckets.tokens().calls == 25
    buckets.resize(0.5)
    assert buckets.tokens().calls == 25
    clock.time += 0.5
    assert buckets.tokens().calls == 35  # 40 a second, and half of it is ours
    buckets.throttled("StartTask")
    buckets.resize(0.5)
    assert buckets.tokens().calls == 0  # a hold stays one


@given(
    st.lists(st.tuples(st.floats(0, 0.4), st.floats(0, JITTER_SECONDS)), max_size=400),
    st.sampled_from(sorted(QUOTAS)),
    st.sampled_from([1.0, 0.999, 0.7]),
)
def test_whatever_the_pace_and_the_latency_ecs_never_throttles(
    calls: list[tuple[float, float]], category: str, budget: float
) -> None:
    clock, quota = StandingClock(), QUOTAS[category]
    buckets = Buckets(clock, budget=budget, jitter=lambda: 0.0)
    arrivals: list[float] = []
    for pause, latency in calls:
        # a burst between pauses, so that the bucket really runs dry
        arrivals += [clock.time + latency] * sum(
            buckets.spend(quota.operations[0]) for _ in range(25)
        )
        clock.time += pause
    level, since = quota.burst, 0.0
    for at in sorted(arrivals):
        level = min(quota.burst, level + (at - since) * quota.per_second) - 1
        since = at
        assert level >= -1e-4
