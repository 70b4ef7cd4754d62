"""Which quotes are recorded, and from where."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import NoDecode

from domain.currency import Currency
from domain.errors import InvalidInput
from domain.pair import Pair
from entrypoints.settings.group import SettingsGroup, WebAddress, comma_separated

MOST_TRACKED_PAIRS = 50


class QuoteSettings(SettingsGroup):
    """Hourly quotes and Alpha Vantage."""

    TITLE: ClassVar[str] = "Recorded quotes"

    quote_pairs: Annotated[tuple[str, ...], NoDecode] = Field(
        ("BTC/USD", "BTC/USDT", "ETH/USDT"),
        description="Comma-separated pairs whose rate is recorded every hour; `none` for none.",
    )
    alphavantage_api_key: SecretStr | None = Field(
        None, description="Key for Alpha Vantage, which has rates in dollars, euros and so on; optional."
    )
    alphavantage_url: WebAddress = Field("https://www.alphavantage.co", description="Base URL of Alpha Vantage's API.")
    alphavantage_daily_calls: int = Field(
        25, ge=0, le=10**6, description="Calls a day that the key allows; enough for the remaining hours are reserved."
    )

    at_max_seconds: int = Field(
        13 * 3600,
        ge=1,
        le=366 * 24 * 3600,
        description="A conversion at a past moment (`at`) uses a recorded rate of at most this many seconds before or "
        "after it; a request may accept fewer.",
    )

    record: Literal["none", "hourly:all"] = Field(
        "none",
        description="`hourly:all` records each hour what every currency is worth, in one row; conversions at a past "
        "moment (`at`) then know any two currencies. `none` records `CROSSRATE_QUOTE_PAIRS` only.",
    )
    record_base: str = Field(
        "USDT", description="The currency in which `hourly:all` records what every other is worth."
    )
    record_hourly_days: int = Field(
        90, ge=1, le=3650, description="Days for which the rows of `hourly:all` are kept; then one of each day is."
    )
    record_daily_days: int = Field(
        3650, ge=1, le=36500, description="Days for which one row of each day is kept of `hourly:all`."
    )

    @property
    def records_all(self) -> bool:
        """Whether every currency is recorded each hour."""
        return self.record == "hourly:all"

    @property
    def tracked_pairs(self) -> tuple[Pair, ...]:
        """The pairs that are recorded each hour."""
        return tuple(map(Pair.parse, self.quote_pairs))

    @field_validator("record", mode="before")
    @classmethod
    def _in_lower_case(cls, value: object) -> object:
        return value.strip().lower() if isinstance(value, str) else value

    @field_validator("record_base")
    @classmethod
    def _ticker(cls, value: str) -> str:
        try:
            return str(Currency(value.strip()))
        except InvalidInput as error:
            raise ValueError(str(error)) from error

    @field_validator("quote_pairs", mode="before")
    @classmethod
    def _split_pairs(cls, value: object) -> object:
        return () if isinstance(value, str) and value.strip().lower() == "none" else comma_separated(value)

    @field_validator("quote_pairs")
    @classmethod
    def _pairs(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        try:
            pairs = tuple(str(Pair.parse(text)) for text in value)
        except InvalidInput as error:
            raise ValueError(f"a pair {error}") from error
        if len(set(pairs)) != len(pairs) or len(pairs) > MOST_TRACKED_PAIRS:
            raise ValueError(f"name each pair only once, and {MOST_TRACKED_PAIRS} at most")
        return pairs
