"""How conversions find their rate."""

from decimal import Decimal
from typing import ClassVar, Literal

from pydantic import Field

from entrypoints.settings.group import SettingsGroup, WebAddress


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
    reference_rates: Literal["ecb", "none"] = Field(
        "ecb",
        description="Whose rates join state currencies, such as EUR and USD, where no exchange has a route by itself: "
        "`ecb`, the European Central Bank, once a working day, or `none`.",
    )
    ecb_url: WebAddress = Field(
        "https://www.ecb.europa.eu/stats/eurofxref",
        description="Base URL of the European Central Bank's files of reference rates.",
    )

    @property
    def bank(self) -> str | None:
        """The bank whose rates are fetched and used, None for none."""
        return None if self.reference_rates == "none" else self.reference_rates

    @property
    def has_reference_rates(self) -> bool:
        """Whether a bank's rates are fetched and used."""
        return self.bank is not None
