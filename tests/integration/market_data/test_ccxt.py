"""An exchange through ccxt serves conversions like any other, and says that its prices were floats."""

from fractions import Fraction

from tests.servers.service import RunService
from tests.servers.simulated_exchanges import SimulatedExchanges


def funds_of(levels: list[list[str]], quantity: Fraction) -> Fraction:
    """Walk the bids independently, exactly."""
    funds = Fraction(0)
    for price, offered, *_ in levels:
        taken = min(quantity, Fraction(offered))
        funds, quantity = funds + taken * Fraction(price), quantity - taken
    return funds


async def test_it_is_asked_in_its_place_and_takes_over(run_service: RunService, exchanges: SimulatedExchanges) -> None:
    names = "binance,ccxt:kraken"
    async with run_service(exchanges=names, ccxt_url=exchanges.url, min_providers=2) as service:
        first = (await service.convert("BTC", "USDT", include_route=True)).json
        assert first["exchange"] == "binance"
        assert "precision" not in first["route"][0]
        named = (await service.convert("BTC", "USD", exchange="ccxt:kraken", include_route=True)).json
        (leg,) = named["route"]
        assert (named["exchange"], leg["exchange"], leg["symbol"], leg["precision"]) == (
            "ccxt:kraken", "ccxt:kraken", "XXBTZUSD", "float",
        )  # fmt: skip
        assert Fraction(named["rate"]) == Fraction(leg["price"])
        deep = await service.convert(
            "BTC", "USD", 2, exchange="ccxt:kraken", rate_type="depth", include_route=True, cache_max_seconds=60
        )
        assert deep.status == 200, deep.body
        (trade,) = deep.json["trades"]
        assert (trade["symbol"], trade["precision"]) == ("XXBTZUSD", "float")
        shown = (await exchanges.document("/kraken/0/public/Depth?pair=XXBTZUSD&count=100"))["result"]
        assert Fraction(trade["funds"]) == funds_of(next(iter(shown.values()))["bids"], Fraction(2))
        assert Fraction(deep.json["fee"]) == Fraction(trade["funds"]) * Fraction("0.0026")
        median = (await service.convert("BTC", "USDT", rate_type="median", cache_max_seconds=60)).json
        assert median["exchange"] == "binance+ccxt:kraken"
        # Kraken's XBT is BTC here, and its XDG DOGE.
        assert (await service.convert("XBT", "DOGE", exchange="ccxt:kraken")).status == 200
        listed = (await service.ask("GET", "/api/v1/exchanges")).json["exchanges"]
        assert [each["name"] for each in listed][:2] == ["binance", "ccxt:kraken"]
        await exchanges.commit("binance", "status", code=500)
        assert (await service.convert("BTC", "USDT")).json["exchange"] == "ccxt:kraken"
