"""The entry point of Kraken: pyproject.toml names it, and the settings and the wiring find it there."""

from adapters.rest.registered_exchange import ExchangeParts, FeedParts, RegisteredExchange, RegisteredFeed
from application.market_data.ports.exchange import Exchange
from application.market_data.ports.feed import Feed


def _market_data(parts: ExchangeParts) -> Exchange:
    from adapters.kraken.market_data import Kraken  # noqa: PLC0415 -- only when it is configured

    return Kraken(base_url=parts.url, session=parts.session, clock=parts.clock, meter=parts.meter)


def _feed(parts: FeedParts) -> Feed:
    from adapters.kraken.feed import KrakenFeed  # noqa: PLC0415 -- only where it is used

    return KrakenFeed(parts)


KRAKEN = RegisteredExchange(
    title="Kraken",
    default_url="https://api.kraken.com",
    market_data=_market_data,
    feed=RegisteredFeed(default_url="wss://ws.kraken.com", create=_feed),
)
