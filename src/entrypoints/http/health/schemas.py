"""Health as answers, and as the OpenAPI document describes them."""

from collections.abc import Sequence
from datetime import date
from typing import Literal, Self

from pydantic import BaseModel, Field

from application.health.check_health import DependencyHealth, State
from application.market_data.circuit_breaker import BreakerState
from application.market_data.sync_markets import SyncRole
from application.quotes.check_quotes import QuoteHealth, QuoteState


class DependencyStatus(BaseModel):
    """The last known state of one dependency."""

    status: State = Field(description="`unknown` until it has been asked.", examples=["up"])
    detail: str | None = Field(None, description="What is wrong.")
    listing_age_seconds: float | None = Field(None, description="Age of the list of tradable pairs in memory.")
    books_age_seconds: float | None = Field(None, description="Age of the prices in memory.")
    breaker: BreakerState | None = Field(
        None,
        description="The exchange's circuit breaker: `open` while no calls are made, `half_open` during one test call.",
        examples=["closed"],
    )
    published: date | None = Field(
        None, description="The day of the bank's newest reference rates.", examples=["2026-11-25"]
    )


class QuoteStatus(BaseModel):
    """How recent the recorded quotes of one tracked pair are."""

    status: QuoteState = Field(
        description="`stale` when the newest quote is over 2 hours old, `missing` when there is none.",
        examples=["fresh"],
    )
    age_seconds: float | None = Field(None, description="Age of the newest quote, by its source's own time.")
    detail: str | None = Field(None, description="What is wrong or missing.")

    @classmethod
    def of(cls, health: QuoteHealth) -> Self:
        """Describe the health of a tracked pair."""
        age_seconds = None if health.age_seconds is None else round(health.age_seconds, 3)
        return cls(status=health.state, age_seconds=age_seconds, detail=health.detail)


class Readiness(BaseModel):
    """Whether the service is ready, and the state of its dependencies."""

    status: Literal["ready", "degraded"] = Field(description="`degraded` when a dependency is down.")
    sync: SyncRole = Field(
        description="Market sync: this process fetches every market for all processes (`leader`), loads what the "
        "leader fetches (`follower`), or fetches only on request (`off`).",
        examples=["leader"],
    )
    dependencies: dict[str, DependencyStatus]
    quotes: dict[str, QuoteStatus] | None = Field(None, description="The pairs that are recorded each hour.")
    warnings: list[str] | None = Field(None, description="What does not affect conversions, but needs attention.")

    @classmethod
    def of(cls, dependencies: Sequence[DependencyHealth], sync: SyncRole, quotes: Sequence[QuoteHealth] = ()) -> Self:
        """Describe the health of every dependency and every tracked pair."""
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
                    published=each.published,
                )
                for each in dependencies
            },
            quotes={str(each.pair): QuoteStatus.of(each) for each in quotes} or None,
            warnings=warnings or None,
        )


class Liveness(BaseModel):
    """The process answers."""

    status: Literal["alive"] = Field("alive", examples=["alive"])
