"""ccxt's own clients, set to spot markets and to our session."""

from collections.abc import Iterator
from typing import Any, TypeAlias
from urllib.parse import urlsplit

import aiohttp
import ccxt.async_support as ccxt

from adapters.ccxt.bounded_session import BoundedSession

Client: TypeAlias = Any  # ccxt has no types that mypy could read

# Without its prices of all pairs, an exchange would take a call for each.
_BOOKS = ("fetchBidsAsks", "fetchTickers")


def title(exchange_id: str) -> str:
    """Return the exchange's name as it writes it."""
    return str(_plain(exchange_id).name)


def default_url(exchange_id: str) -> str:
    """Return where it is called. Raises `ValueError` if it has no prices of all spot pairs at once."""
    client = _plain(exchange_id)
    if not any(client.has.get(name) is True for name in _BOOKS) or client.has.get("spot") is False:
        raise ValueError(f"ccxt:{exchange_id} has no prices of all spot pairs at once")
    first = next(_texts(client.urls["api"]), "")
    parts = urlsplit(_with_host(first, client))
    return f"{parts.scheme}://{parts.netloc}"


def client_of(exchange_id: str, url: str | None, session: aiohttp.ClientSession) -> Client:
    """Return a client that makes its calls over the session, within its timeout, to `url` instead if it is given."""
    # The market sync spaces the fetches.
    settings: dict[str, Any] = {"session": BoundedSession(session), "enableRateLimit": False}
    if session.timeout.total is not None:
        settings["timeout"] = int(session.timeout.total * 1000)
    kind = getattr(ccxt, exchange_id)
    # Its destructor would complain about the session, which is not its own to close.
    client = type(kind.__name__, (kind,), {"__del__": lambda _: None})(settings)
    client.options["defaultType"] = "spot"
    client.options["fetchTickersFees"] = False
    fetched = client.options.get("fetchMarkets")
    if isinstance(fetched, dict) and "types" in fetched:
        types = fetched["types"]
        fetched["types"] = {name: name == "spot" for name in types} if isinstance(types, dict) else ["spot"]
    client.has["fetchCurrencies"] = False  # a call more, of which nothing is used
    if url is not None:
        client.urls["api"] = _moved(client.urls["api"], url, client)
    return client


def counts_in_steps(client: Client) -> bool:
    """Tell whether its precisions are steps such as 0.01, as nearly everywhere, and not digits."""
    return bool(client.precisionMode == ccxt.TICK_SIZE)


def takes_bids_asks(client: Client) -> bool:
    """Tell whether it has a call for best bids and asks alone, which is smaller than that for tickers."""
    return client.has.get("fetchBidsAsks") is True


def _plain(exchange_id: str) -> Client:
    kind = getattr(ccxt, exchange_id)
    return type(kind.__name__, (kind,), {"__del__": lambda _: None})()


def _texts(urls: object) -> Iterator[str]:
    if isinstance(urls, dict):
        for each in urls.values():
            yield from _texts(each)
    elif isinstance(urls, str):
        yield urls


def _with_host(url: str, client: Client) -> str:
    return url.replace("{hostname}", str(client.hostname))


def _moved(urls: object, base: str, client: Client) -> object:
    """Return the same addresses at another host, with their paths."""
    if isinstance(urls, dict):
        return {name: _moved(each, base, client) for name, each in urls.items()}
    if isinstance(urls, str):
        return base.rstrip("/") + urlsplit(_with_host(urls, client)).path.rstrip("/")
    return urls
