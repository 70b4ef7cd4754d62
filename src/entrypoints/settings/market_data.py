"""Which exchanges are asked, and how."""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import Field, SecretStr, ValidationInfo, create_model, field_validator
from pydantic_settings import NoDecode

from entrypoints.settings.group import FeedAddress, SettingsGroup, WebAddress, comma_separated
from entrypoints.settings.installed_exchanges import (
    check_exchange,
    default_exchanges,
    library_and_id,
    registered_exchange,
    registered_exchanges,
)

# Below this, markets would be fetched without a pause, and exchanges would soon ban the service.
SHORTEST_SYNC_INTERVAL_SECONDS = 0.5


def feed_session_name(exchange: str) -> str:
    """Return the name of the session for an exchange's streams, which would take the connections of its calls."""
    return f"{exchange}_feed"


class _ChosenExchanges(SettingsGroup):
    TITLE: ClassVar[str] = "Exchanges"

    exchanges: Annotated[tuple[str, ...], NoDecode] = Field(
        default_exchanges(),
        validate_default=True,
        description="Comma-separated exchanges to ask, in this order. "
        "With the extra `ccxt` installed, `ccxt:gate` is the exchange gate through that library, and so for others.",
    )

    @field_validator("exchanges", mode="before")
    @classmethod
    def _split_exchanges(cls, value: object) -> object:
        return comma_separated(value.lower() if isinstance(value, str) else value)

    @field_validator("exchanges")
    @classmethod
    def _each_once(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        registered = registered_exchanges()
        if not registered:
            raise ValueError("no exchange is installed, not even Crossrate's own; install Crossrate again")
        for name in value:
            check_exchange(name)
        if not value or len(set(value)) != len(value):
            raise ValueError("name at least one exchange, and each only once")
        return value


def _exchange_fields() -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for name, exchange in registered_exchanges().items():
        about = f"Base URL of {exchange.title}'s REST API."
        fields[f"{name}_url"] = WebAddress, Field(exchange.default_url, description=about)
        if exchange.feed is not None and exchange.feed.default_url is not None:
            about = (
                f"Base URL of {exchange.title}'s WebSockets; by default {exchange.feed.default_url}, or that of "
                f"CROSSRATE_{name.upper()}_URL where it is set."
            )
            fields[f"{name}_feed_url"] = FeedAddress | None, Field(None, description=about)
        for each in exchange.settings:
            kind = SecretStr if each.is_secret else str
            fields[f"{name}_{each.name}"] = kind | None, Field(each.default, description=each.description)
    return fields


if TYPE_CHECKING:
    _ExchangeSettings = _ChosenExchanges
else:  # each installed exchange brings fields of its own
    _ExchangeSettings = create_model("_ExchangeSettings", __base__=_ChosenExchanges, **_exchange_fields())


class MarketDataSettings(_ExchangeSettings):
    """Exchanges, and how long and how often each is asked."""

    ccxt_url: WebAddress | None = Field(
        None,
        description="Base URL at which the exchanges of ccxt are called, as URL/NAME, instead of at their own: a "
        "simulator's.",
    )
    connect_timeout_seconds: float = Field(
        1.0, gt=0, le=60, description="Most seconds to connect to an exchange, per attempt."
    )
    stall_timeout_seconds: float = Field(
        2.0, gt=0, le=60, description="Most seconds without a byte of an exchange's answer, per attempt."
    )
    attempt_timeout_seconds: float = Field(
        10.0,
        gt=0,
        le=60,
        description="Most seconds for a whole attempt at an exchange, over a slow line as well.",
    )
    listing_max_age_seconds: float = Field(
        300.0,
        ge=0,
        le=86400,
        description="Seconds for which a list of tradable pairs is used; for prices, each request sets its own limit.",
    )
    max_source_age_seconds: float = Field(
        60.0,
        ge=0,
        le=86400,
        description="An exchange that dates its own prices more than this many seconds back counts as unavailable; "
        "0 lifts that limit.",
    )
    max_loss_percent: float = Field(
        20.0,
        ge=0,
        le=100,
        description="A list of pairs or prices that has lost more than this percentage since the one before is "
        "rejected for a minute, and accepted if it stays so; 0 lifts that limit.",
    )
    max_jump_percent: float = Field(
        20.0,
        ge=0,
        le=10**6,
        description="A price that differs by more than this percentage from the last one that the process fetched "
        "itself is held back until another fetch from the exchange, or another exchange, confirms it; 0 lifts that "
        "limit.",
    )
    sync_interval_seconds: float = Field(
        5.0,
        ge=0,
        le=3600,
        description="Seconds between fetches of all markets, 0.5 or more; one process fetches for all. "
        "With 0, markets are fetched only when a request needs them.",
    )

    feeds: bool = Field(
        default=True,
        validate_default=True,
        description="Whether prices are streamed where exchanges do that; one process receives them for all. "
        "With `off`, or without a market sync, prices are fetched, and exchanges that only stream them are refused.",
    )

    @property
    def streamed_exchanges(self) -> tuple[str, ...]:
        """The exchanges whose prices are streamed."""
        return self.exchanges_with_feeds if self.feeds and self.sync_interval_seconds else ()

    @property
    def exchanges_with_feeds(self) -> tuple[str, ...]:
        """The configured exchanges that stream prices."""
        return tuple(name for name in self.exchanges if registered_exchange(name).feed is not None)

    @property
    def feed_session_urls(self) -> dict[str, str]:
        """What the sessions of feeds are for, by their names: the scheme decides about a proxy."""
        urls = {feed_session_name(name): self.feed_url_of(name) for name in self.streamed_exchanges}
        return {name: re.sub("^ws", "http", url) for name, url in urls.items()}

    def feed_url_of(self, exchange: str) -> str:
        """Return the URL of the exchange's WebSockets; those of a simulated exchange are at its own URL."""
        own: str | None = getattr(self, f"{exchange}_feed_url", None)
        registered, url = registered_exchange(exchange), self.url_of(exchange)
        default = None if registered.feed is None else registered.feed.default_url
        if own is None and default is not None and url == registered.default_url:
            return default
        return own or re.sub("^http", "ws", url)

    def url_of(self, exchange: str) -> str:
        """Return the URL of the exchange's REST API."""
        split = library_and_id(exchange)
        if split is not None:
            base = self.ccxt_url
            return registered_exchange(exchange).default_url if base is None else f"{base.rstrip('/')}/{split[1]}"
        url: str = getattr(self, f"{exchange}_url")
        return url

    def settings_of(self, exchange: str) -> Mapping[str, str | None]:
        """Return the exchange's settings other than the URL, by names without the exchange's prefix."""
        values = {
            each.name: getattr(self, f"{exchange}_{each.name}") for each in registered_exchange(exchange).settings
        }
        return {
            name: value.get_secret_value() if isinstance(value, SecretStr) else value for name, value in values.items()
        }

    @field_validator("feeds")
    @classmethod
    def _on_where_nothing_else_has_prices(cls, value: bool, info: ValidationInfo) -> bool:
        only = [name for name in info.data.get("exchanges", ()) if registered_exchange(name).streams_only]
        if only and not (value and info.data.get("sync_interval_seconds", 1)):
            what = "CROSSRATE_SYNC_INTERVAL_SECONDS must be above 0" if value else "must be on"
            raise ValueError(f"{what} for {only[0]}, whose prices come by its stream alone")
        return value

    @field_validator("sync_interval_seconds")
    @classmethod
    def _off_or_long_enough(cls, value: float) -> float:
        if 0 < value < SHORTEST_SYNC_INTERVAL_SECONDS:
            raise ValueError(f"must be {SHORTEST_SYNC_INTERVAL_SECONDS} or more, or 0 to fetch only for requests")
        return value
