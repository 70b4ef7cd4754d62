"""The installed exchanges: the entry points of the group `crossrate.exchanges`.

Each brings its name, its settings and the factory of its adapter. Only the entry point names the module they are in.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from operator import attrgetter
from typing import Protocol

from application.market_data.ports.exchange import Exchange
from application.market_data.ports.feed import Feed
from application.orders.ports.broker import Broker

GROUP = "crossrate.exchanges"
OWN_DISTRIBUTION = "crossrate"

_NAME = re.compile(r"[a-z][a-z0-9]*")


class ExchangeSetting(Protocol):
    """One more setting of an exchange, `CROSSRATE_<EXCHANGE>_<NAME>`. A default of None means not set."""

    @property
    def name(self) -> str: ...  # noqa: D102 -- as the class says

    @property
    def default(self) -> str | None: ...  # noqa: D102

    @property
    def description(self) -> str: ...  # noqa: D102

    @property
    def is_secret(self) -> bool: ...  # noqa: D102


class RegisteredBroker(Protocol):
    """How orders are placed at an exchange."""

    @property
    def default_url(self) -> str:
        """The URL of its trading API, unless `CROSSRATE_<EXCHANGE>_TRADING_URL` is set."""
        ...

    @property
    def settings(self) -> Sequence[ExchangeSetting]:
        """Its keys and other settings; those without a default must be set where the broker is used."""
        ...

    @property
    def create(self) -> Callable[..., Broker]:
        """The factory of the broker."""
        ...


class RegisteredFeed(Protocol):
    """How an exchange streams its books."""

    @property
    def default_url(self) -> str | None:
        """The URL of its WebSockets, where that of its REST API is the default one; None if the REST API tells it."""
        ...

    @property
    def create(self) -> Callable[..., Feed]:
        """The factory of the feed."""
        ...


class RegisteredExchange(Protocol):
    """What an entry point loads. Loading is cheap: only the factory imports what the adapter needs."""

    @property
    def title(self) -> str:
        """The name as the exchange writes it."""
        ...

    @property
    def default_url(self) -> str:
        """The URL of its REST API, unless `CROSSRATE_<EXCHANGE>_URL` is set."""
        ...

    @property
    def settings(self) -> Sequence[ExchangeSetting]:
        """Its settings other than the URL."""
        ...

    @property
    def market_data(self) -> Callable[..., Exchange]:
        """The factory of the adapter that fetches its instruments and books."""
        ...

    @property
    def feed(self) -> RegisteredFeed | None:
        """How it streams its books, None if it does not."""
        ...

    @property
    def broker(self) -> RegisteredBroker | None:
        """How orders are placed there, None if they cannot be."""
        ...

    @property
    def is_default(self) -> bool:
        """Whether Crossrate asks it unless told otherwise. Only its own exchanges can be."""
        ...


@cache
def registered_exchanges() -> Mapping[str, RegisteredExchange]:
    """Return all installed exchanges by name.

    Raises `ValueError` when two have the same name, or a name is not lower-case letters and digits.
    """
    found: dict[str, RegisteredExchange] = {}
    for point in _entry_points():
        if not _NAME.fullmatch(point.name) or point.name in found:
            raise ValueError(f"{point.value} cannot be registered as the exchange {point.name!r}")
        found[point.name] = point.load()
    return found


def default_exchanges() -> tuple[str, ...]:
    """Return the exchanges that come with Crossrate itself and are asked by default, in the order of their names."""
    own = [each.name for each in _entry_points() if each.dist and each.dist.name == OWN_DISTRIBUTION]
    return tuple(name for name in own if registered_exchanges()[name].is_default)


@cache
def _entry_points() -> Sequence[EntryPoint]:
    return sorted(entry_points(group=GROUP), key=attrgetter("name"))
