"""What an exchange registers as an entry point of the group `crossrate.exchanges`, under its name."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from application.market_data.ports.exchange import Exchange
from application.market_data.ports.meter import MarketDataMeter
from application.ports.clock import Clock

if TYPE_CHECKING:
    import aiohttp


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeSetting:
    """One more setting of an exchange, `CROSSRATE_<EXCHANGE>_<NAME>`. None as a default stands for not set."""

    name: str
    default: str | None
    description: str
    is_secret: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeParts:
    """What an adapter is made of. `settings` holds the exchange's own ones by name, as they are configured."""

    url: str
    settings: Mapping[str, str | None] = field(repr=False)
    session: "aiohttp.ClientSession"
    clock: Clock
    meter: MarketDataMeter


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisteredExchange:
    """An exchange that can be configured; factories of feeds and of trading will stand beside `market_data`.

    Every installed one is loaded for its settings, so the factories import what they need when they are called.
    """

    title: str
    default_url: str
    market_data: Callable[[ExchangeParts], Exchange]
    settings: tuple[ExchangeSetting, ...] = ()
