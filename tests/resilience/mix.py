"""The requests of the load: direct, indirect, from a named exchange, for the latest price, unknown."""

from dataclasses import dataclass

import orjson

from tests.resilience.links import FIRST, SECOND

AMOUNT = "2.5"


@dataclass(frozen=True, slots=True)
class Asked:
    """One conversion to request. With `exchange` None the service chooses, and tries the first one first."""

    currency_from: str
    currency_to: str
    exchange: str | None = None
    cache_max_seconds: int | None = 10
    is_executable: bool = False
    is_known: bool = True

    @property
    def body(self) -> bytes:
        """The body of the request."""
        return orjson.dumps(
            {
                "currency_from": self.currency_from,
                "currency_to": self.currency_to,
                "amount": AMOUNT,
                "exchange": self.exchange,
                "rate_type": "executable" if self.is_executable else "mid",
                "cache_max_seconds": self.cache_max_seconds,
                "include_route": True,
            }
        )

    def needs(self, exchange: str) -> bool:
        """Tell whether no other exchange can answer: it is named, or all must be asked to say no."""
        return self.exchange == exchange or not self.is_known


# Both exchanges have a route for every known conversion, so that either can replace the other.
MIX = (
    Asked("BTC", "USDT"),
    Asked("TRX", "ADA"),
    Asked("ETH", "BTC", is_executable=True),
    Asked("BTC", "USDT", cache_max_seconds=None),
    Asked("ADA", "EUR"),
    Asked("KCS", "ETH", SECOND, cache_max_seconds=1),
    Asked("USDT", "TRX", cache_max_seconds=1),
    Asked("NOPE", "USDT", is_known=False),
    Asked("USDT", "ETH"),
    Asked("BTC", "EUR", FIRST),
    Asked("XRP", "SOL", is_executable=True),
    Asked("TRX", "ETH", cache_max_seconds=2),
    Asked("SOL", "USDT"),
    Asked("DOGE", "PEPE"),
    Asked("ADA", "TRX", cache_max_seconds=None, is_executable=True),
    Asked("BTC", "USDT", SECOND, cache_max_seconds=None),
    Asked("ETH", "USDC"),
    Asked("TRX", "ADA", FIRST),
    Asked("SHIB", "USDT"),
    Asked("DOGE", "ADA"),
)
