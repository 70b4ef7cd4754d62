"""The entry point of Bybit: pyproject.toml names it, and the settings and the wiring find it there."""

from adapters.rest.registered_exchange import ExchangeParts, FeedParts, RegisteredExchange, RegisteredFeed
from application.market_data.ports.exchange import Exchange
from application.market_data.ports.feed import Feed


def _market_data(parts: ExchangeParts) -> Exchange:
    from adapters.bybit.market_data import Bybit  # noqa: PLC0415 -- only when it is configured

    return Bybit(base_url=parts.url, session=parts.session, clock=parts.clock, meter=parts.meter)


def _feed(parts: FeedParts) -> Feed:
    from adapters.bybit.feed import BybitFeed  # noqa: PLC0415 -- only where it is used

    return BybitFeed(parts)


BYBIT = RegisteredExchange(
    title="Bybit",
    default_url="https://api.bybit.com",
    market_data=_market_data,
    feed=RegisteredFeed(default_url="wss://stream.bybit.com", create=_feed),
)
