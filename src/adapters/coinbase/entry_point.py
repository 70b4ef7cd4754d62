"""The entry point of Coinbase: pyproject.toml names it, and the settings and the wiring find it there."""

from adapters.rest.registered_exchange import ExchangeParts, FeedParts, RegisteredExchange, RegisteredFeed
from application.market_data.ports.exchange import Exchange
from application.market_data.ports.feed import Feed


def _market_data(parts: ExchangeParts) -> Exchange:
    from adapters.coinbase.market_data import Coinbase  # noqa: PLC0415 -- only when it is configured

    return Coinbase(base_url=parts.url, session=parts.session, clock=parts.clock, meter=parts.meter)


def _feed(parts: FeedParts) -> Feed:
    from adapters.coinbase.feed import CoinbaseFeed  # noqa: PLC0415 -- only where it is used

    return CoinbaseFeed(parts)


COINBASE = RegisteredExchange(
    title="Coinbase Exchange",
    default_url="https://api.exchange.coinbase.com",
    market_data=_market_data,
    feed=RegisteredFeed(default_url="wss://ws-feed.exchange.coinbase.com", create=_feed),
    streams_only=True,
)
