"""The entry point of Binance: pyproject.toml names it, and the settings and the wiring find it there."""

from adapters.rest.registered_exchange import (
    BrokerParts,
    ExchangeParts,
    ExchangeSetting,
    FeedParts,
    RegisteredBroker,
    RegisteredExchange,
    RegisteredFeed,
)
from application.market_data.ports.exchange import Exchange
from application.market_data.ports.feed import Feed
from application.orders.ports.broker import Broker


def _market_data(parts: ExchangeParts) -> Exchange:
    from adapters.binance.market_data import Binance  # noqa: PLC0415 -- only when it is configured

    return Binance(base_url=parts.url, session=parts.session, clock=parts.clock, meter=parts.meter)


def _broker(parts: BrokerParts) -> Broker:
    from adapters.binance.signing import Credentials  # noqa: PLC0415 -- only where it is used
    from adapters.binance.trading import BinanceBroker  # noqa: PLC0415

    credentials = Credentials(parts.settings["api_key"], parts.settings["api_secret"])
    return BinanceBroker(base_url=parts.url, session=parts.session, clock=parts.clock, credentials=credentials)


def _feed(parts: FeedParts) -> Feed:
    from adapters.binance.feed import BinanceFeed  # noqa: PLC0415 -- only where it is used

    return BinanceFeed(parts)


BINANCE = RegisteredExchange(
    title="Binance",
    # Binance's own mirror of public market data: the same answers, without a key or the trading API's geo-blocking.
    default_url="https://data-api.binance.vision",
    market_data=_market_data,
    feed=RegisteredFeed(default_url="wss://data-stream.binance.vision", create=_feed),
    is_default=True,
    broker=RegisteredBroker(
        default_url="https://api.binance.com",
        create=_broker,
        settings=(
            ExchangeSetting(
                name="api_key",
                default=None,
                description="Key of the Binance account that buys; give it no right but to trade.",
                is_secret=True,
            ),
            ExchangeSetting(
                name="api_secret", default=None, description="Secret of that key, for HMAC.", is_secret=True
            ),
        ),
    ),
)
