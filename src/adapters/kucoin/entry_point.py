"""The entry point of KuCoin: pyproject.toml names it, and the settings and the wiring find it there."""

from adapters.rest.registered_exchange import ExchangeParts, RegisteredExchange
from application.market_data.ports.exchange import Exchange


def _market_data(parts: ExchangeParts) -> Exchange:
    from adapters.kucoin.market_data import KuCoin  # noqa: PLC0415 -- only when it is configured

    return KuCoin(base_url=parts.url, session=parts.session, clock=parts.clock, meter=parts.meter)


KUCOIN = RegisteredExchange(title="KuCoin", default_url="https://api.kucoin.com", market_data=_market_data)
