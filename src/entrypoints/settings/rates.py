"""How conversions find their rate."""

from decimal import Decimal
from typing import ClassVar

from pydantic import Field

from entrypoints.settings.group import SettingsGroup


class RateSettings(SettingsGroup):
    """Routes, and which exchanges may replace one another."""

    TITLE: ClassVar[str] = "Conversions"

    max_legs: int = Field(3, ge=1, le=3, description="Most trades in one route, 1 to 3.")
    max_spread_percent: Decimal = Field(
        Decimal(50),
        ge=0,
        le=200,
        description="A market whose spread, (ask - bid) / mid, exceeds this percentage counts as having no price; "
        "0 lifts that limit.",
    )
    wide_spread_percent: Decimal = Field(
        Decimal(5),
        ge=0,
        le=200,
        description="A market whose spread exceeds this percentage is used only where no exchange has a route without "
        "such markets; 0 lifts that limit.",
    )
    divergence_threshold_percent: Decimal = Field(
        Decimal(10),
        ge=0,
        le=10**6,
        description="If an exchange fails, another replaces it only for pairs whose mid prices on the two differ by at "
        "most this percentage; 0 lifts that limit.",
    )
