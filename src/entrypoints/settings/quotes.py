"""Which quotes are recorded, and from where."""

from typing import Annotated, ClassVar

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import NoDecode

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
        12 * 3600,
        ge=1,
        le=366 * 24 * 3600,
        description="A conversion at a past moment (`at`) uses a recorded rate of at most this many seconds before or "
        "after it; a request may accept fewer.",
    )

    @property
    def tracked_pairs(self) -> tuple[Pair, ...]:
        """The pairs that are recorded each hour."""
        return tuple(map(Pair.parse, self.quote_pairs))

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
