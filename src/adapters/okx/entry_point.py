"""The entry point of OKX: pyproject.toml names it, and the settings and the wiring find it there."""

from adapters.rest.registered_exchange import ExchangeParts, RegisteredExchange
from application.market_data.ports.exchange import Exchange


def _market_data(parts: ExchangeParts) -> Exchange:
    from adapters.okx.market_data import Okx  # noqa: PLC0415 -- only when it is configured

    return Okx(base_url=parts.url, session=parts.session, clock=parts.clock, meter=parts.meter)


OKX = RegisteredExchange(title="OKX", default_url="https://www.okx.com", market_data=_market_data)
