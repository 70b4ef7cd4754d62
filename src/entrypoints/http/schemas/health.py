"""Health as it goes out over HTTP."""

from collections.abc import Sequence
from typing import Literal, Self

from pydantic import BaseModel, Field

from application.breaker import BreakerState
from application.check_health import DependencyHealth, State
from application.sync_markets import SyncRole


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


class Readiness(BaseModel):
    """Whether conversions can be asked for, and what they depend on."""

    status: Literal["ready", "degraded"] = Field(description="`degraded` when something that it depends on is down.")
    sync: SyncRole = Field(
        description="Whether this process fetches every market for all (`leader`), loads what another one fetches, "
        "or has them fetched only when asked (`off`).",
        examples=["leader"],
    )
    dependencies: dict[str, DependencyStatus]

    @classmethod
    def of(cls, dependencies: Sequence[DependencyHealth], sync: SyncRole) -> Self:
        """Write the health of every dependency."""
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
        )


class Liveness(BaseModel):
    """The process answers."""

    status: Literal["alive"] = Field("alive", examples=["alive"])
