"""CoinGecko's requests and answers, as the OpenAPI document describes them."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, RootModel, WithJsonSchema

from entrypoints.http.server.error_shape import ErrorShape
from entrypoints.http.server.problems import Problem

# As many prices, which is what they cost.
MOST_PRICES = 1000

_NAMES = {"type": "string", "format": "coin-ids"}
_TICKERS = {"type": "string", "format": "tickers"}
# `true`; anything else means no, as there.
_FLAG = {"type": "string"}
_PRECISION = {"type": "string", "enum": ["full", *map(str, range(19))]}

# Answers elsewhere have no null.
Price = Annotated[float | int | None, WithJsonSchema({"type": ["number", "null"]})]
Flag = Annotated[str | None, WithJsonSchema(_FLAG)]


class PriceQuery(BaseModel):
    """What CoinGecko's clients send. What else they send is ignored."""

    # Not required by pydantic, whose error has another form than CoinGecko's.
    model_config = ConfigDict(extra="ignore", frozen=True, json_schema_extra={"required": ["vs_currencies"]})

    vs_currencies: Annotated[str | None, WithJsonSchema(_TICKERS)] = Field(
        None,
        description="Tickers of the currencies that prices are in, separated by commas. `sats` and `bits` are parts of "
        "a bitcoin.",
        examples=["usd,eur"],
    )
    ids: Annotated[str | None, WithJsonSchema(_NAMES)] = Field(
        None,
        description=f"CoinGecko's ids of coins, separated by commas; at most {MOST_PRICES} prices in all. Unknown ones "
        "are left out.",
        examples=["bitcoin,ethereum"],
    )
    symbols: Annotated[str | None, WithJsonSchema(_TICKERS)] = Field(
        None, description="Tickers of coins instead; ignored beside `ids`.", examples=["btc,eth"]
    )
    include_last_updated_at: Flag = Field(
        None, description="Whether to add `last_updated_at`, the Unix second of the oldest price."
    )
    include_market_cap: Flag = Field(None, description="Adds null, because it is not known here.")
    include_24hr_vol: Flag = Field(None, description="Adds null, because it is not known here.")
    include_24hr_change: Flag = Field(None, description="Adds null, because it is not known here.")
    precision: Annotated[str | None, WithJsonSchema(_PRECISION)] = Field(
        None, description="Decimals of the prices; when absent or `full`, there are 12 significant digits."
    )


class CoinPrices(RootModel[dict[str, dict[str, Price]]]):
    """By coin, and then by currency, as CoinGecko answers."""


class VsCurrencies(RootModel[list[str]]):
    """What prices can be in, as CoinGecko answers."""


class CoinGeckoStatus(BaseModel):
    """Why a request is not answered at all."""

    model_config = ConfigDict(extra="forbid")

    error_code: int = Field(examples=[429])
    error_message: str


class CoinGeckoError(BaseModel):
    """An error, as CoinGecko answers: `error` if the request is wrong, `status` if it is refused."""

    model_config = ConfigDict(extra="forbid")

    error: str | None = Field(None, examples=["Missing parameter vs_currencies"])
    status: CoinGeckoStatus | None = None


def _error(problem: Problem) -> dict[str, Any]:
    if problem.kind.status == 422:
        return {"error": problem.detail}
    return {"status": {"error_code": problem.kind.status, "error_message": problem.detail}}


ERRORS = ErrorShape(CoinGeckoError, _error)
