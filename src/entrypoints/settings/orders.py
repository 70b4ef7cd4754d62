"""Purchase orders."""

from decimal import Decimal
from typing import ClassVar

from pydantic import Field

from entrypoints.settings.group import SettingsGroup


class OrderSettings(SettingsGroup):
    """What purchases cost, and the bounds of clearing them."""

    TITLE: ClassVar[str] = "Purchase orders"

    order_price_max_seconds: float = Field(
        5.0, gt=0, le=60, description="How old, in seconds, a price may be at which an order is accepted or cleared."
    )
    order_margin_percent: Decimal = Field(
        Decimal("0.5"), ge=0, le=50, description="What is added to the executable price of an order, in percent."
    )
    order_fee_percent: Decimal = Field(
        Decimal("0.1"), ge=0, le=50, description="The fee of an order, on top of its cost, in percent of that."
    )
    price_lock_seconds: float = Field(
        10.0, gt=0, le=300, description="How long, in seconds, a locked price may be accepted."
    )
    order_price_band_percent: Decimal = Field(
        Decimal(2),
        gt=0,
        le=50,
        description="How far above the ask clearing buys at most, in percent. An order is refunded when the price rose "
        "by more since it was accepted.",
    )
    order_loss_limit: Decimal = Field(
        Decimal(1000),
        gt=0,
        le=10**12,
        description="What clearing one asset may lose within a day before it halts, in units of what the asset is "
        "cleared with: what exchanges took with their fees, beyond the market price when orders were accepted plus "
        "margin and fee.",
    )
    clearing_interval_seconds: float = Field(
        0.5, ge=0.05, le=60, description="How often, in seconds, a worker looks for orders to clear."
    )
