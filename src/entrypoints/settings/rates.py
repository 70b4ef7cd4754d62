"""How conversions find their rate."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, ClassVar, Literal

from pydantic import Field, field_validator
from pydantic_settings import NoDecode

from domain.decimals import NUMBER
from entrypoints.nearest import did_you_mean
from entrypoints.settings.group import SettingsGroup, WebAddress, comma_separated
from entrypoints.settings.installed_exchanges import library_and_id, registered_exchanges, registered_libraries

MOST_FEE_PERCENT = 100
LONGEST_FEE = 20


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
    taker_fee_percents: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="What your account pays an exchange to trade at once, in percent of what it receives, such as "
        "`binance:0.075,kucoin:0.1`; conversions at `depth` deduct it. Without it, a regular account's fee counts. "
        "An exchange whose list of pairs tells its fees needs none.",
    )
    compare_deadline_seconds: float = Field(
        3.0,
        gt=0,
        le=60,
        description="Seconds that each exchange has where all are asked at once, for the `best` one or the `median`.",
    )
    min_providers: int = Field(
        2, ge=1, le=100, description="How many exchanges a `median` needs that have a route and do not diverge."
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
    def taker_fees(self) -> Mapping[str, Decimal]:
        """The fees that are set, by exchange, as shares."""
        return {name: Decimal(percent).scaleb(-2) for name, percent in map(_split_fee, self.taker_fee_percents)}

    @field_validator("taker_fee_percents", mode="before")
    @classmethod
    def _split_fees(cls, value: object) -> object:
        return comma_separated(value.lower() if isinstance(value, str) else value)

    @field_validator("taker_fee_percents")
    @classmethod
    def _usable_fees(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for item in value:
            name, percent = _split_fee(item)
            library = library_and_id(name)
            if name not in registered_exchanges() and (library is None or library[0] not in registered_libraries()):
                near = did_you_mean(name, registered_exchanges())
                raise ValueError(f"{name or 'nothing'} is not an installed exchange{near or '.'}")
            is_number = len(percent) <= LONGEST_FEE and NUMBER.fullmatch(percent)
            if not is_number or not 0 <= Decimal(percent) < MOST_FEE_PERCENT:
                raise ValueError(
                    f"{item} must be an exchange and a percentage from 0 to below 100, such as binance:0.1"
                )
        return value

    @property
    def bank(self) -> str | None:
        """The bank whose rates are fetched and used, None for none."""
        return None if self.reference_rates == "none" else self.reference_rates

    @property
    def has_reference_rates(self) -> bool:
        """Whether a bank's rates are fetched and used."""
        return self.bank is not None


def _split_fee(item: str) -> tuple[str, str]:
    """Split `ccxt:gate:0.2` into the exchange and the percentage, which is empty if there is none."""
    name, colon, percent = item.rpartition(":")
    return (name, percent) if colon else (item, "")
