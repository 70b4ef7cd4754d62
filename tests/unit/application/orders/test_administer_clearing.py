"""What an administrator may put up for sale."""

import pytest

from application.orders.administer_clearing import AdministerClearing
from domain.currency import Currency
from domain.orders.clearing_asset import ClearingAsset
from domain.orders.errors import InvalidClearingAsset
from tests.unit.application.orders.harness import Orders, user


@pytest.mark.parametrize(
    ("code", "clear_with", "field", "why"),
    [
        ("XBT", "USDT", "code", "XBT is a second name of BTC: use BTC"),
        ("BTT", "USDT", "code", "BTT is a second name of BTTC: use BTTC"),
        ("ETH", "XBT", "clear_with", "XBT is a second name of BTC: use BTC"),
    ],
)
async def test_what_has_no_funds_and_no_price_under_its_second_name_is_not_sold_under_it(
    code: str, clear_with: str, field: str, why: str
) -> None:
    harness = Orders()
    administer = AdministerClearing(
        database=harness.database, clock=harness.clock, venues=["venue"], brokers={"venue": harness.venue}
    )
    asset = ClearingAsset(Currency(code), ("venue",), Currency(clear_with))
    with pytest.raises(InvalidClearingAsset, match=why) as refused:
        await administer.save_asset(user("root"), asset, "127.0.0.1")
    assert refused.value.field == field
    assert (await administer.state()).assets == []
