"""Examples of health."""

from datetime import date

from application.health.check_health import State
from application.market_data.circuit_breaker import BreakerState
from application.market_data.sync_markets import SyncRole
from entrypoints.http.health.schemas import DependencyStatus, Liveness, Readiness
from entrypoints.http.server.example import Examples, example_of

LIVE: Examples = {"alive": example_of("Alive", Liveness(status="alive"))}

READY: Examples = {
    "degraded": example_of(
        "One exchange is down, the other takes over",
        Readiness(
            status="degraded",
            sync=SyncRole.LEADER,
            dependencies={
                "redis": DependencyStatus(status=State.UP),
                "binance": DependencyStatus(
                    status=State.DOWN, detail="timeout: no complete answer in time", breaker=BreakerState.OPEN
                ),
                "kucoin": DependencyStatus(
                    status=State.UP, listing_age_seconds=41.2, books_age_seconds=3.5, breaker=BreakerState.CLOSED
                ),
                "ecb": DependencyStatus(status=State.UP, published=date(2026, 11, 25)),
            },
        ),
    )
}
