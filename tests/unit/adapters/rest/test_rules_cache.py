"""Rules are kept until a refusal that they may have caused."""

import pytest

from adapters.rest.rules_cache import RulesCache
from domain.currency import Currency
from domain.orders.errors import OrderRefused, VenueFundsTooLow
from domain.orders.venue_order import MarketRules
from domain.pair import Pair
from tests.unit.fakes.clock import FakeClock

PAIR = Pair(Currency("BTC"), Currency("USDT"))


@pytest.mark.parametrize(("refusal", "fetches"), [(OrderRefused, 2), (VenueFundsTooLow, 1)])
async def test_rules_are_fetched_anew_after_a_refusal_unless_only_funds_were_missing(
    refusal: type[OrderRefused], fetches: int
) -> None:
    rules, fetched = RulesCache(FakeClock()), list[Pair]()

    async def fetch(pair: Pair) -> MarketRules:
        fetched.append(pair)
        return MarketRules("BTCUSDT", pair)

    await rules.get(PAIR, fetch)
    with pytest.raises(refusal), rules.forgotten_after_refusal(PAIR):
        raise refusal("no", "-2010")
    await rules.get(PAIR, fetch)
    assert len(fetched) == fetches
