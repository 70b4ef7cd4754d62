"""When the loop slows down for an exchange, and when it goes on as before."""

import pytest

from application.market_data.ports.exchange import Usage
from application.market_data.throttle import Throttle

NOW = 1000.0


def told(used: int, until: float = NOW + 30) -> Usage:
    return Usage(used=used, limit=6000, until=until)


def test_before_an_exchange_has_told_anything_every_beat_asks() -> None:
    throttle = Throttle()
    assert not throttle.update(None, NOW)
    assert [throttle.allows() for _ in range(5)] == [True] * 5


@pytest.mark.parametrize(("used", "is_engaged"), [(0, False), (4799, False), (4800, True), (6000, True), (9999, True)])
def test_it_is_engaged_from_four_fifths_of_the_limit_on(used: int, is_engaged: bool) -> None:
    throttle = Throttle()
    assert throttle.update(told(used), NOW) is is_engaged
    assert throttle.is_engaged is is_engaged


def test_while_engaged_every_second_tick_calls_and_the_first_does_not() -> None:
    throttle = Throttle()
    throttle.allows()
    throttle.update(told(5000), NOW)
    assert [throttle.allows() for _ in range(6)] == [False, True] * 3


def test_a_change_is_told_once_each_way() -> None:
    throttle = Throttle()
    changes = [throttle.update(usage, NOW) for usage in (told(1), told(5000), told(5500), told(1), told(1))]
    assert changes == [False, True, False, True, False]


def test_it_is_over_with_the_window_even_where_the_exchange_tells_nothing_newer() -> None:
    throttle = Throttle()
    throttle.update(told(5000, until=NOW + 30), NOW)
    assert not throttle.update(told(5000, until=NOW + 30), NOW + 29.9)
    assert throttle.update(told(5000, until=NOW + 30), NOW + 30)
    assert throttle.allows()
