"""How long wrong passwords end further attempts."""

import pytest

from domain.identity.attempt import Attempt
from domain.identity.lockout import BACKOFFS, DAY, Backoff, Bound, LockScope

GROWING = Backoff((Bound(2, 10), Bound(4, 100)))


@pytest.mark.parametrize(
    ("newest_first", "ends_at"),
    [([], 0), ([50], 0), ([50, 1], 11), ([50, 45], 55), ([50, 45, 1], 55), ([50, 45, 2, 1], 101), ([50] * 9, 150)],
)
def test_the_more_failures_the_longer_the_wait(newest_first: list[float], ends_at: float) -> None:
    assert GROWING.ends_at(newest_first) == ends_at
    assert GROWING.most == 4


def test_a_guesser_at_one_address_has_five_guesses_at_once_and_twenty_a_day() -> None:
    backoff, tried = BACKOFFS[LockScope.ACCOUNT_AT_ADDRESS], list[float]()
    waits = []
    now = 0.0
    while now < DAY:
        tried.insert(0, now)
        ends_at = backoff.ends_at(tried)
        waits.append(max(0, ends_at - now) / 60)
        now = max(now, ends_at)
    assert waits[:10] == [0, 0, 0, 0, 15, 0, 0, 0, 0, 105]
    assert len(tried) == 20


@pytest.mark.parametrize("scope", LockScope)
def test_every_backoff_grows_and_forgets_after_a_day(scope: LockScope) -> None:
    bounds = BACKOFFS[scope].bounds
    assert bounds == tuple(sorted(bounds, key=lambda bound: bound.failures))
    assert [bound.seconds for bound in bounds] == [15 * 60, 2 * 3600, DAY]


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("2001:db8:0:1::/64", "2001:db8::/48"),
        ("2001:db8:0:ffff::/64", "2001:db8::/48"),
        ("2001:db8:1::/64", "2001:db8:1::/48"),
        ("192.0.2.1", None),
        ("unknown", None),
        ("command line", None),
    ],
)
def test_the_network_around_an_ipv6_address_is_a_48(address: str, network: str | None) -> None:
    assert Attempt("ada", address, 0).network == network
