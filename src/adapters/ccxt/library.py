"""The entry point of the exchanges that ccxt knows. Importing ccxt takes long, so nothing does until one is used."""

from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from adapters.ccxt import PREFIX
from adapters.rest.registered_exchange import ExchangeParts, RegisteredExchange, RegisteredLibrary
from application.market_data.ports.exchange import Exchange


@cache
def _ids() -> Sequence[str]:
    """Return the ids of ccxt's exchanges: the names of its modules. Raises `ValueError` if it is not installed."""
    found = find_spec("ccxt")
    if found is None or found.origin is None:
        raise ValueError("ccxt is not installed; install it with: pip install ccxt")
    folder = Path(found.origin).parent / "async_support"
    return sorted(file.stem for file in folder.glob("[a-z]*.py"))


def _registered(exchange_id: str) -> RegisteredExchange:
    """Return the exchange of this id. Raises `ValueError` if it has no prices of all its pairs at once."""
    from adapters.ccxt.clients import default_url, title  # noqa: PLC0415 -- imports ccxt

    def market_data(parts: ExchangeParts) -> Exchange:
        from adapters.ccxt.market_data import CcxtExchange  # noqa: PLC0415 -- imports ccxt

        url = None if parts.url == address else parts.url
        return CcxtExchange(exchange_id, url=url, session=parts.session, clock=parts.clock)

    address = default_url(exchange_id)
    return RegisteredExchange(title=title(exchange_id), default_url=address, market_data=market_data)


CCXT = RegisteredLibrary(prefix=PREFIX, ids=_ids, registered=cache(_registered))
