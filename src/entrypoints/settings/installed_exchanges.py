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
from entrypoints.nearest import did_you_mean

GROUP = "crossrate.exchanges"
LIBRARIES = "crossrate.exchange_libraries"
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
    def streams_only(self) -> bool:
        """Whether its books come by the feed alone, because no answer has those of all pairs."""
        ...

    @property
    def broker(self) -> RegisteredBroker | None:
        """How orders are placed there, None if they cannot be."""
        ...

    @property
    def is_default(self) -> bool:
        """Whether Crossrate asks it unless told otherwise. Only its own exchanges can be."""
        ...


class RegisteredLibrary(Protocol):
    """Exchanges that a library knows; each is named PREFIX:ID."""

    @property
    def ids(self) -> Callable[[], Sequence[str]]:
        """The ids of its exchanges. Raises `ValueError` if the library is not installed."""
        ...

    @property
    def registered(self) -> Callable[[str], RegisteredExchange]:
        """The exchange of an id. Raises `ValueError` if it is of no use."""
        ...


@cache
def registered_libraries() -> Mapping[str, RegisteredLibrary]:
    """Return the libraries of exchanges by prefix. None is imported yet."""
    return {point.name: point.load() for point in entry_points(group=LIBRARIES)}


def library_and_id(name: str) -> tuple[str, str] | None:
    """Split the name of a library's exchange, such as `ccxt:gate`; None for one that is installed by itself."""
    library, colon, exchange_id = name.partition(":")
    return (library, exchange_id) if colon else None


def registered_exchange(name: str) -> RegisteredExchange:
    """Return an exchange by its name, which the settings have checked."""
    split = library_and_id(name)
    return registered_exchanges()[name] if split is None else registered_libraries()[split[0]].registered(split[1])


def check_exchange(name: str) -> None:
    """Raise `ValueError`, which names the nearest ones, if there is no exchange of this name."""
    split = library_and_id(name)
    if split is None or split[0] not in registered_libraries():
        registered = registered_exchanges()
        if name not in registered:
            near = did_you_mean(name, registered)
            raise ValueError(f"{name} is not an installed exchange{near or '.'} Installed: {', '.join(registered)}")
        return
    prefix, exchange_id = split
    ids = registered_libraries()[prefix].ids()
    if exchange_id not in ids:
        near = did_you_mean(exchange_id, ids)
        raise ValueError(f"{exchange_id or 'nothing'} is not an exchange that {prefix} knows{near or '.'}")
    registered_exchange(name)


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
