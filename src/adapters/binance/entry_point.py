"""The entry point of Binance: pyproject.toml names it, and the settings and the wiring find it there."""

from adapters.rest.registered_exchange import ExchangeParts, RegisteredExchange
from application.market_data.ports.exchange import Exchange


def _market_data(parts: ExchangeParts) -> Exchange:
    from adapters.binance.market_data import Binance  # noqa: PLC0415 -- only when it is configured

    return Binance(base_url=parts.url, session=parts.session, clock=parts.clock, meter=parts.meter)


BINANCE = RegisteredExchange(
    title="Binance",
    # Binance's own mirror of public market data: the same answers, without a key or the trading API's geo-blocking.
    default_url="https://data-api.binance.vision",
    market_data=_market_data,
)
