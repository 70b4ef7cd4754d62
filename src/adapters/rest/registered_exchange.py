"""What an exchange registers as an entry point of the group `crossrate.exchanges`, under its name."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from application.market_data.ports.exchange import Exchange
from application.market_data.ports.feed import Feed
from application.market_data.ports.meter import MarketDataMeter
from application.orders.ports.broker import Broker
from application.ports.clock import Clock

if TYPE_CHECKING:
    import aiohttp


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeSetting:
    """An additional setting of an exchange, `CROSSRATE_<EXCHANGE>_<NAME>`. None as `default` means not set."""

    name: str
    default: str | None
    description: str
    is_secret: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeParts:
    """What an adapter is built from. `settings` holds the configured values of the exchange's own settings, by name."""

    url: str
    settings: Mapping[str, str | None] = field(repr=False)
    session: "aiohttp.ClientSession"
    clock: Clock
    meter: MarketDataMeter


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerParts:
    """What a broker is built from. `settings` holds the configured values of the broker's settings, by name."""

    url: str
    settings: Mapping[str, str] = field(repr=False)
    session: "aiohttp.ClientSession"
    clock: Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisteredBroker:
    """How orders are placed at an exchange. `create` makes its broker, which must not call it yet.

    Settings without a default, such as keys, must be set where the broker is used.
    """

    default_url: str
    create: Callable[[BrokerParts], Broker]
    settings: tuple[ExchangeSetting, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedParts:
    """What a feed is built from. `url` is that of its WebSockets; `rest_url` is that of the REST API."""

    url: str
    rest_url: str
    session: "aiohttp.ClientSession"
    clock: Clock
    meter: MarketDataMeter


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisteredFeed:
    """How an exchange streams its books. `create` makes its feed, which must not connect yet.

    `default_url` belongs to the exchange's default URL. Where the REST API is elsewhere, such as at a simulator, the
    feed is at the same URL, unless it is set. None if the REST API itself says where the feed is.
    """

    default_url: str | None
    create: Callable[[FeedParts], Feed]


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisteredExchange:
    """An exchange that can be configured. `market_data` creates its adapter; `broker` is None if it takes no orders.

    `feed` is None if it streams nothing, and is polled. With `streams_only`, no answer of its REST API has the prices
    of all pairs, so that they come by the feed alone. Crossrate asks it by default if it `is_default` and comes with
    Crossrate itself.

    The registrations of all installed exchanges are loaded, so factories import what they need only when called.
    """

    title: str
    default_url: str
    market_data: Callable[[ExchangeParts], Exchange]
    settings: tuple[ExchangeSetting, ...] = ()
    broker: RegisteredBroker | None = None
    feed: RegisteredFeed | None = None
    streams_only: bool = False
    is_default: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisteredLibrary:
    """Exchanges that a library knows, registered in the group `crossrate.exchange_libraries`: `PREFIX:ID` names one.

    `ids` raises `ValueError` if the library is not installed, and `registered` if the exchange of that id is of no use.
    """

    prefix: str
    ids: Callable[[], Sequence[str]]
    registered: Callable[[str], RegisteredExchange]
