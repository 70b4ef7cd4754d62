"""A coin that one exchange lists by the thousand is the same coin: Binance's 1000SATS and KuCoin's SATS."""

from decimal import Decimal
from fractions import Fraction

import pytest

from tests.servers.service import RunService
from tests.servers.service_client import Service
from tests.servers.simulated_exchanges import SimulatedExchanges

WARM = {"cache_max_seconds": 60, "include_route": True}


def _product(route: list[dict[str, str]]) -> Fraction:
    rate = Fraction(1)
    for leg in route:
        rate = rate * Fraction(leg["price"]) if leg["side"] == "sell" else rate / Fraction(leg["price"])
    return rate


@pytest.mark.parametrize(
    ("exchange", "listed", "other", "units"),
    [("binance", "1000SATS", "SATS", Decimal("0.001")), ("kucoin", "SATS", "1000SATS", Decimal(1000))],
)
async def test_it_converts_under_both_names_exactly_both_ways(
    service: Service, exchange: str, listed: str, other: str, units: Decimal
) -> None:
    for rate_type in ("mid", "executable"):
        fields = WARM | {"exchange": exchange, "rate_type": rate_type}
        known = (await service.convert(listed, "USDT", **fields)).json
        scaled = (await service.convert(other, "USDT", **fields)).json
        back = (await service.convert("USDT", other, **fields)).json
        assert Decimal(scaled["rate"]) == Decimal(known["rate"]) * units
        assert Decimal(back["rate"]) == Decimal((await service.convert("USDT", listed, **fields)).json["rate"]) / units
        # The route has the exchange's own symbol, and what turns one unit into the other; its product is the rate.
        assert [leg["symbol"] for leg in scaled["route"]] == ["1000SATS/SATS", known["route"][0]["symbol"]]
        assert [leg["symbol"] for leg in back["route"]] == [known["route"][0]["symbol"], "1000SATS/SATS"]
        assert _product(scaled["route"]) == Fraction(scaled["rate"])
    between = (await service.convert("1000SATS", "SATS", "3", exchange=exchange, **WARM)).json
    assert (between["rate"], between["result"]) == ("1000", "3000")
    assert (await service.convert("SATS", "1000SATS", exchange=exchange, **WARM)).json["rate"] == "0.001"


async def test_either_exchange_replaces_the_other_and_all_are_compared(
    run_service: RunService, exchanges: SimulatedExchanges
) -> None:
    async with run_service() as service:
        best = (await service.convert("SATS", "USDT", exchange="best", **WARM)).json
        median = (await service.convert("1000SATS", "USDT", rate_type="median", **WARM)).json
        assert {best["exchange"], *(each["exchange"] for each in best["considered"])} == {"binance", "kucoin"}
        rates = [Fraction(best["rate"]), *(Fraction(each["rate"]) for each in best["considered"])]
        assert max(rates) < Fraction(101, 100) * min(rates)
        assert [each["exchange"] for each in median["providers"]] == ["binance", "kucoin"]
        assert abs(Fraction(median["rate"]) / 1000 / min(rates) - 1) < Fraction(1, 100)
        await exchanges.commit("binance", "status", code=500)
        replaced = (await service.convert("1000SATS", "USDT", include_route=True)).json
        assert [leg["symbol"] for leg in replaced["route"]] == ["1000SATS/SATS", "SATS-USDT"]


async def test_a_whole_amount_is_walked_in_the_exchange_s_own_unit(service: Service) -> None:
    fields = WARM | {"exchange": "binance", "rate_type": "depth"}
    many = (await service.convert("1000SATS", "USDT", "50000", **fields)).json
    scaled = (await service.convert("SATS", "USDT", "50000000", **fields)).json
    assert "received" in many, many
    for name in ("received", "fee", "slippage_percent", "trades"):
        assert scaled[name] == many[name]
    assert Decimal(scaled["filled"]) == 1000 * Decimal(many["filled"])
    assert Decimal(scaled["rate"]) == Decimal(many["rate"]) / 1000
    bought, by_thousands = [(await service.convert("USDT", code, "9", **fields)).json for code in ("SATS", "1000SATS")]
    for name in ("received", "fee", "rate"):
        assert Decimal(bought[name]) == 1000 * Decimal(by_thousands[name])
