"""The public doors: so many knocks from one address, and memory that does not grow without end."""

from datetime import UTC, datetime, timedelta

from storage.clock import FixedClock
from verifier.desk.rate import ADDRESSES_KEPT, RateLimit


def _limit() -> tuple[RateLimit, FixedClock]:
    clock = FixedClock(datetime(2026, 11, 24, 15, 0, tzinfo=UTC))
    return RateLimit(clock, burst=3, seconds=60), clock


def test_a_burst_is_allowed_and_then_one_knock_each_third_of_the_time() -> None:
    limit, clock = _limit()
    assert [limit.allow("a") for _ in range(4)] == [True, True, True, False]
    clock.at += timedelta(seconds=20)
    assert [limit.allow("a") for _ in range(2)] == [True, False]


def test_one_address_does_not_use_up_anothers_turns() -> None:
    limit, _ = _limit()
    assert not [limit.allow("a") for _ in range(4)][-1]
    assert limit.allow("b")


def test_a_clock_that_goes_back_neither_gives_nor_takes_turns() -> None:
    limit, clock = _limit()
    limit.allow("a")
    clock.at -= timedelta(hours=1)
    assert [limit.allow("a") for _ in range(3)] == [True, True, False]


def test_the_longest_unheard_address_is_forgotten_first() -> None:
    limit, _ = _limit()
    for number in range(ADDRESSES_KEPT + 5):
        limit.allow(str(number))
    assert len(limit._buckets) == ADDRESSES_KEPT
    assert "0" not in limit._buckets
