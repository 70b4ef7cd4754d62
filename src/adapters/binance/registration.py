"""What Crossrate's settings and wiring know of Binance."""

from adapters.rest.registered_exchange import ExchangeParts, RegisteredExchange
from application.market_data.ports.exchange import Exchange


def _market_data(parts: ExchangeParts) -> Exchange:
    from adapters.binance.market_data import Binance  # noqa: PLC0415 -- not before it is configured

    return Binance(base_url=parts.url, session=parts.session, clock=parts.clock, meter=parts.meter)


BINANCE = RegisteredExchange(
    title="Binance",
    # The mirror that Binance keeps for public market data: same answers, no key, and no geo block of the trading API.
    default_url="https://data-api.binance.vision",
    market_data=_market_data,
)
