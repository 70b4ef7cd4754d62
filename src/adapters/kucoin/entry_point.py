"""The entry point of KuCoin: pyproject.toml names it, and the settings and the wiring find it there."""

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
    from adapters.kucoin.market_data import KuCoin  # noqa: PLC0415 -- only when it is configured

    return KuCoin(base_url=parts.url, session=parts.session, clock=parts.clock, meter=parts.meter)


def _broker(parts: BrokerParts) -> Broker:
    from adapters.kucoin.signing import Credentials  # noqa: PLC0415 -- only where it is used
    from adapters.kucoin.trading import KuCoinBroker  # noqa: PLC0415

    keys = parts.settings
    credentials = Credentials(keys["api_key"], keys["api_secret"], keys["api_passphrase"], keys["api_key_version"])
    return KuCoinBroker(base_url=parts.url, session=parts.session, clock=parts.clock, credentials=credentials)


def _feed(parts: FeedParts) -> Feed:
    from adapters.kucoin.feed import KuCoinFeed  # noqa: PLC0415 -- only where it is used

    return KuCoinFeed(parts)


_BROKER = RegisteredBroker(
    default_url="https://api.kucoin.com",
    create=_broker,
    settings=(
        ExchangeSetting(
            name="api_key",
            default=None,
            description="Key of the KuCoin account that buys; give it no right but to trade.",
            is_secret=True,
        ),
        ExchangeSetting(name="api_secret", default=None, description="Secret of that key.", is_secret=True),
        ExchangeSetting(
            name="api_passphrase", default=None, description="Passphrase chosen for that key.", is_secret=True
        ),
        ExchangeSetting(
            name="api_key_version", default="3", description="Version of that key, as KuCoin shows it: 2 or 3."
        ),
    ),
)

KUCOIN = RegisteredExchange(
    title="KuCoin",
    default_url="https://api.kucoin.com",
    market_data=_market_data,
    broker=_BROKER,
    feed=RegisteredFeed(default_url=None, create=_feed),
    is_default=True,
)
