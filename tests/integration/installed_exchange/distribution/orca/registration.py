"""What the entry point loads."""

from adapters.rest.registered_exchange import ExchangeParts, ExchangeSetting, RegisteredExchange
from application.market_data.ports.exchange import Exchange


def _market_data(parts: ExchangeParts) -> Exchange:
    from .market_data import Orca  # noqa: PLC0415 -- not before it is configured

    return Orca(parts)


ORCA = RegisteredExchange(
    title="Orca",
    default_url="https://api.orca.example",
    market_data=_market_data,
    settings=(
        ExchangeSetting(name="fee_tier", default="0", description="Row of Orca's fee schedule that applies."),
        ExchangeSetting(name="api_key", default=None, description="Key for Orca.", is_secret=True),
    ),
)
