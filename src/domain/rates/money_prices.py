"""What an exchange's prices say of its codes of money: far from a bank's rates, a code is that of a coin."""

from collections.abc import Mapping
from decimal import Decimal

from domain.currency import Currency
from domain.rates.book import RateType
from domain.rates.reference_rates import EUR, ReferenceRates
from domain.rates.routing import Routes

# What stands for a dollar on an exchange, the first that there is.
USD = Currency("USD")
DOLLARS = (Currency("USDT"), Currency("USDC"), USD)

# In the recordings, no money costs more than 1.19 of what the bank says, on an illiquid market, and mostly within 1.03.
MOST_APART = Decimal("1.25")

# From this number on, it is the dollar that is doubted if it contradicts most of them.
FEWEST_OF_A_MAJORITY = 3

_SEARCHES = ((1, True), (2, True), (1, False), (2, False))


def dollar_price(routes: Routes, money: Currency) -> Decimal | None:
    """Return what one unit costs in dollars by the route that a conversion would take, None without one."""
    for dollar in DOLLARS:
        for max_legs, only_tight in _SEARCHES if dollar != money else ():
            route = routes.find(money, dollar, max_legs, only_tight=only_tight)
            if route is not None:
                return route.rate(RateType.MID)
    return None


def coins_under_money(prices: Mapping[Currency, Decimal], rates: ReferenceRates) -> Mapping[Currency, Decimal]:
    """Return the codes whose prices in dollars are those of coins, and how many times the bank's rates those are.

    If most of several are, it is the dollar that has moved, and none is.
    """
    per_euro = {**rates.per_euro, EUR: Decimal(1)}
    dollar = per_euro.get(USD)
    if dollar is None:
        return {}
    times = {code: price * per_euro[code] / dollar for code, price in prices.items() if code in per_euro}
    apart = {code: each for code, each in times.items() if max(each, 1 / each) > MOST_APART}
    is_majority = len(times) >= FEWEST_OF_A_MAJORITY and 2 * len(apart) > len(times)
    return {} if is_majority else apart
