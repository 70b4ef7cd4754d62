"""When the sync slows down for an exchange, and when it resumes."""

import pytest

from application.market_data.ports.exchange import Usage
from application.market_data.throttle import Throttle

NOW = 1000.0


def reported(used: int, until: float = NOW + 30) -> Usage:
    return Usage(used=used, limit=6000, until=until)


def test_before_an_exchange_has_reported_its_usage_every_tick_calls() -> None:
    throttle = Throttle()
    assert not throttle.update(None, NOW)
    assert [throttle.allows() for _ in range(5)] == [True] * 5


@pytest.mark.parametrize(("used", "is_engaged"), [(0, False), (4799, False), (4800, True), (6000, True), (9999, True)])
def test_it_is_engaged_from_four_fifths_of_the_limit_on(used: int, is_engaged: bool) -> None:
    throttle = Throttle()
    assert throttle.update(reported(used), NOW) is is_engaged
    assert throttle.is_engaged is is_engaged


def test_while_engaged_every_second_tick_calls_and_the_first_does_not() -> None:
    throttle = Throttle()
    throttle.allows()
    throttle.update(reported(5000), NOW)
    assert [throttle.allows() for _ in range(6)] == [False, True] * 3


def test_each_change_is_reported_once() -> None:
    throttle = Throttle()
    changes = [
        throttle.update(usage, NOW) for usage in (reported(1), reported(5000), reported(5500), reported(1), reported(1))
    ]
    assert changes == [False, True, False, True, False]


def test_it_is_released_at_the_end_of_the_window_without_a_newer_report() -> None:
    throttle = Throttle()
    throttle.update(reported(5000, until=NOW + 30), NOW)
    assert not throttle.update(reported(5000, until=NOW + 30), NOW + 29.9)
    assert throttle.update(reported(5000, until=NOW + 30), NOW + 30)
    assert throttle.allows()
