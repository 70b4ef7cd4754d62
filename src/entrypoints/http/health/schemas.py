"""Health as it goes out over HTTP."""

from collections.abc import Sequence
from typing import Literal, Self

from pydantic import BaseModel, Field

from application.health.check_health import DependencyHealth, State
from application.market_data.circuit_breaker import BreakerState
from application.market_data.sync_markets import SyncRole
from application.quotes.check_quotes import QuoteHealth, QuoteState


class DependencyStatus(BaseModel):
    """How one of the things that the service depends on was when last asked."""

    status: State = Field(description="`unknown` when it was not asked yet.", examples=["up"])
    detail: str | None = Field(None, description="What is wrong.")
    listing_age_seconds: float | None = Field(None, description="Age of the list of tradable pairs in hand.")
    books_age_seconds: float | None = Field(None, description="Age of the prices in hand.")
    breaker: BreakerState | None = Field(
        None,
        description="Of an exchange: `open` while it is left alone; `half_open` when one call will tell how it is.",
        examples=["closed"],
    )


class QuoteStatus(BaseModel):
    """How fresh the recorded quotes of one tracked pair are."""

    status: QuoteState = Field(
        description="`stale` when nothing was recorded for over 2 hours, `missing` when there is no quote.",
        examples=["fresh"],
    )
    age_seconds: float | None = Field(None, description="Age of the newest quote's rate, by its source.")
    detail: str | None = Field(None, description="What is wrong, or lacking.")

    @classmethod
    def of(cls, health: QuoteHealth) -> Self:
        """Write the health of a tracked pair."""
        age_seconds = None if health.age_seconds is None else round(health.age_seconds, 3)
        return cls(status=health.state, age_seconds=age_seconds, detail=health.detail)


class Readiness(BaseModel):
    """Whether conversions can be asked for, and what they depend on."""

    status: Literal["ready", "degraded"] = Field(description="`degraded` when something that it depends on is down.")
    sync: SyncRole = Field(
        description="Whether this process fetches every market for all (`leader`), loads what another one fetches, "
        "or has them fetched only when asked (`off`).",
        examples=["leader"],
    )
    dependencies: dict[str, DependencyStatus]
    quotes: dict[str, QuoteStatus] | None = Field(None, description="The pairs that are recorded each hour.")
    warnings: list[str] | None = Field(None, description="What keeps nobody from asking, and is to be looked at.")

    @classmethod
    def of(cls, dependencies: Sequence[DependencyHealth], sync: SyncRole, quotes: Sequence[QuoteHealth] = ()) -> Self:
        """Write the health of every dependency and of every tracked pair."""
        warnings = [f"{each.pair}: {each.detail}" for each in quotes if each.detail is not None]
        return cls(
            status="degraded" if any(each.state is State.DOWN for each in dependencies) else "ready",
            sync=sync,
            dependencies={
                each.name: DependencyStatus(
                    status=each.state,
                    detail=each.detail,
                    listing_age_seconds=each.listing_age_seconds,
                    books_age_seconds=each.books_age_seconds,
                    breaker=each.breaker,
                )
                for each in dependencies
            },
            quotes={str(each.pair): QuoteStatus.of(each) for each in quotes} or None,
            warnings=warnings or None,
        )


class Liveness(BaseModel):
    """The process answers."""

    status: Literal["alive"] = Field("alive", examples=["alive"])
