"""Calling one exchange, and what its calls have taught."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog

from application.market_data.circuit_breaker import BreakerState, CircuitBreaker
from application.market_data.ports.meter import Meter
from application.ports.clock import Clock
from domain.rates.errors import ExchangeUnavailable

log = structlog.get_logger()

T = TypeVar("T")


class ExchangeCalls:
    """Every call to one exchange goes through here, past its breaker; what other processes met with counts too.

    `last_failure` is None once a later call has gone well.
    """

    def __init__(self, exchange: str, clock: Clock, meter: Meter) -> None:
        self._exchange = exchange
        self._clock = clock
        self._meter = meter
        self._breaker = CircuitBreaker()
        self.last_failure: ExchangeUnavailable | None = None

    @property
    def state(self) -> BreakerState:
        """What becomes of a call that comes now."""
        return self._breaker.state(self._clock.now())

    def refuse(self) -> None:
        """Raise `ExchangeUnavailable` when a call that came now would not be let through."""
        self._breaker.refuse(self._clock.now())

    def refuse_while_probing(self) -> None:
        """Raise `ExchangeUnavailable` while the call is under way that will tell how the exchange is."""
        self._breaker.refuse_while_probing(self._clock.now())

    async def make(self, fetch: Callable[[], Awaitable[T]]) -> T:
        """Make one call. Raises `ExchangeUnavailable`."""
        call = self._breaker.admit(self._clock.now())
        try:
            fetched = await fetch()
        except ExchangeUnavailable as failure:
            cause = repr(failure.__cause__)[:200] if failure.__cause__ else None
            log.warning(
                "exchange_failed",
                exchange=self._exchange,
                reason=failure.reason.value,
                detail=failure.detail,
                cause=cause,
            )
            self._meter.exchange_called(self._exchange, failure.reason)
            self._failed(failure, opened=self._breaker.failed(call, failure, self._clock.now()))
            raise
        else:
            self._meter.exchange_called(self._exchange, None)
            self._went_well(closed=self._breaker.succeeded(call, self._clock.now()))
            return fetched
        finally:
            self._breaker.release(call)

    def failed_elsewhere(self, failure: ExchangeUnavailable) -> None:
        """Count a call that another process has made: this one need not see for itself."""
        now = self._clock.now()
        call = self._breaker.admit(now)
        opened = self._breaker.failed(call, failure, now)
        self._breaker.release(call)
        self._failed(failure, opened=opened)

    def went_well_elsewhere(self, observed_at: float) -> None:
        """Know of a call that another process has made: it will do for the probe of a breaker that waits for one."""
        self._went_well(closed=self._breaker.seen_well(observed_at, self._clock.now()))

    def _failed(self, failure: ExchangeUnavailable, *, opened: bool) -> None:
        self.last_failure = failure
        if opened:
            log.warning("breaker_opened", exchange=self._exchange, reason=failure.reason.value)
            self._meter.breaker_moved(self._exchange, is_open=True)

    def _went_well(self, *, closed: bool) -> None:
        if closed:
            log.info("breaker_closed", exchange=self._exchange)
            self._meter.breaker_moved(self._exchange, is_open=False)
        if self.state is BreakerState.CLOSED:
            self.last_failure = None  # else this call was sent before the breaker opened, and proves nothing
