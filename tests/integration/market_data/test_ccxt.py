"""An exchange through ccxt serves conversions like any other, and says that its prices were floats."""

from fractions import Fraction

from tests.servers.service import RunService
from tests.servers.simulated_exchanges import SimulatedExchanges


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
        median = (await service.convert("BTC", "USDT", rate_type="median", cache_max_seconds=60)).json
        assert median["exchange"] == "binance+ccxt:kraken"
        # Kraken's XBT is BTC here, and its XDG DOGE.
        assert (await service.convert("XBT", "DOGE", exchange="ccxt:kraken")).status == 200
        listed = (await service.ask("GET", "/api/v1/exchanges")).json["exchanges"]
        assert [each["name"] for each in listed][:2] == ["binance", "ccxt:kraken"]
        await exchanges.commit("binance", "status", code=500)
        assert (await service.convert("BTC", "USDT")).json["exchange"] == "ccxt:kraken"
