"""How the day's calls are divided between its hours and requests."""

from application.quotes.quota_plan import DAY_SECONDS, CallCount, QuotaPlan

MIDNIGHT = 1_714_262_400.0
HOUR = 3600
FREE_KEY = QuotaPlan(calls_per_day=25, calls_per_hour=1)


class Day:
    """Takes calls from a plan while time passes."""

    def __init__(self, plan: QuotaPlan, now: float = MIDNIGHT) -> None:
        self.plan = plan
        self.now = now
        self.count = CallCount()

    def takes(self, *, is_hourly: bool) -> bool:
        self.count = self.count.at(self.now)
        if not self.plan.has_room(self.count, is_hourly=is_hourly):
            return False
        self.count = self.count.with_one_more(is_hourly=is_hourly)
        return True

    def on_request(self, times: int = 100) -> int:
        return sum(self.takes(is_hourly=False) for _ in range(times))


def test_every_hour_of_the_day_has_its_call_and_one_is_left() -> None:
    day, on_request = Day(FREE_KEY), 0
    for _ in range(24):
        on_request += day.on_request()
        assert day.takes(is_hourly=True)
        on_request += day.on_request()
        day.now += HOUR
    assert on_request == 1


def test_an_hour_can_have_a_second_call_only_where_one_is_to_spare() -> None:
    day = Day(FREE_KEY)
    assert sum(day.takes(is_hourly=True) for _ in range(10)) == 2


def test_calls_that_past_hours_did_not_need_may_be_used() -> None:
    day = Day(FREE_KEY, MIDNIGHT + 20 * HOUR)
    assert day.on_request() == 25 - 4
    for _ in range(4):
        assert day.takes(is_hourly=True)
        day.now += HOUR


def test_too_few_calls_are_spread_over_the_day() -> None:
    day, let_through = Day(QuotaPlan(calls_per_day=12, calls_per_hour=1)), []
    for _ in range(24):
        let_through.append(day.takes(is_hourly=True))
        day.now += HOUR
    assert sum(let_through) == 12
    assert all(sum(let_through[hour : hour + 2]) == 1 for hour in range(0, 24, 2))


def test_the_next_day_begins_anew() -> None:
    day = Day(FREE_KEY, MIDNIGHT + 23 * HOUR)
    assert day.on_request() == 24
    day.now += HOUR
    assert day.on_request() == 1


def test_without_any_call_a_day_there_is_none() -> None:
    assert not Day(QuotaPlan(calls_per_day=0, calls_per_hour=1)).takes(is_hourly=True)


def test_if_no_calls_are_reserved_any_call_may_be_made() -> None:
    assert Day(QuotaPlan(calls_per_day=7, calls_per_hour=0)).on_request() == 7


def test_of_two_pauses_the_longer_one_holds() -> None:
    assert CallCount().paused(MIDNIGHT + 90).paused(MIDNIGHT + 30).at(MIDNIGHT).paused_until == MIDNIGHT + 90


def test_a_pause_of_over_a_day_comes_from_a_clock_set_back_and_is_void() -> None:
    count = CallCount().paused(MIDNIGHT + DAY_SECONDS)
    assert count.at(MIDNIGHT).paused_until == MIDNIGHT + DAY_SECONDS
    assert count.at(MIDNIGHT - 1).paused_until == 0
