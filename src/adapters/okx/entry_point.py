"""The entry point of OKX: pyproject.toml names it, and the settings and the wiring find it there."""

from adapters.rest.registered_exchange import ExchangeParts, FeedParts, RegisteredExchange, RegisteredFeed
from application.market_data.ports.exchange import Exchange
from application.market_data.ports.feed import Feed


def _market_data(parts: ExchangeParts) -> Exchange:
    from adapters.okx.market_data import Okx  # noqa: PLC0415 -- only when it is configured

    return Okx(base_url=parts.url, session=parts.session, clock=parts.clock, meter=parts.meter)


def _feed(parts: FeedParts) -> Feed:
    from adapters.okx.feed import OkxFeed  # noqa: PLC0415 -- only where it is used

    return OkxFeed(parts)


OKX = RegisteredExchange(
    title="OKX",
    default_url="https://www.okx.com",
    market_data=_market_data,
    feed=RegisteredFeed(default_url="wss://ws.okx.com:8443", create=_feed),
)
