"""The entry point of Kraken: pyproject.toml names it, and the settings and the wiring find it there."""

from adapters.rest.registered_exchange import ExchangeParts, RegisteredExchange
from application.market_data.ports.exchange import Exchange


def _market_data(parts: ExchangeParts) -> Exchange:
    from adapters.kraken.market_data import Kraken  # noqa: PLC0415 -- only when it is configured

    return Kraken(base_url=parts.url, session=parts.session, clock=parts.clock, meter=parts.meter)


KRAKEN = RegisteredExchange(title="Kraken", default_url="https://api.kraken.com", market_data=_market_data)
