"""Calls to one exchange, guarded by its circuit breaker."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog

from application.market_data.circuit_breaker import BreakerState, CircuitBreaker
from application.market_data.ports.meter import MarketDataMeter
from application.ports.clock import Clock
from domain.rates.errors import ExchangeUnavailable, FailureReason

# Reasons that an order book may give by itself: it is empty, halted, old, or not known.
OF_A_SYMBOL = frozenset({FailureReason.BAD_BODY, FailureReason.REFUSED, FailureReason.STALE})

log = structlog.get_logger()

T = TypeVar("T")


class ExchangeCalls:
    """Makes every call to one exchange. Its breaker also counts the outcomes that other processes report.

    `last_failure` is None once a later call has succeeded.
    """

    def __init__(self, exchange: str, clock: Clock, meter: MarketDataMeter) -> None:
        self.exchange = exchange
        self._clock = clock
        self._meter = meter
        self._breaker = CircuitBreaker()
        self.last_failure: ExchangeUnavailable | None = None

    @property
    def state(self) -> BreakerState:
        """The state of the breaker."""
        return self._breaker.state(self._clock.now())

    def raise_if_open(self) -> None:
        """Raise `ExchangeUnavailable` if the breaker would not admit a call now."""
        self._breaker.raise_if_open(self._clock.now())

    def raise_unless_closed(self) -> None:
        """Raise `ExchangeUnavailable` if the breaker would not admit a call now, or only as its probe."""
        self._breaker.raise_unless_closed(self._clock.now())

    def raise_while_probing(self) -> None:
        """Raise `ExchangeUnavailable` while the probe is in flight."""
        self._breaker.raise_while_probing(self._clock.now())

    async def make(self, fetch: Callable[[], Awaitable[T]], *, is_of_one_symbol: bool = False) -> T:
        """Make one call. Raises `ExchangeUnavailable`.

        What is wrong with one symbol, which a user chose, says nothing of the exchange.
        """
        call = self._breaker.admit(self._clock.now())
        try:
            fetched = await fetch()
        except ExchangeUnavailable as failure:
            self._log(failure)
            self._meter.exchange_called(self.exchange, failure.reason)
            if is_of_one_symbol and failure.reason in OF_A_SYMBOL:
                raise
            self._failed(failure, opened=self._breaker.failed(call, failure, self._clock.now()))
            raise
        else:
            self._meter.exchange_called(self.exchange, None)
            self._succeeded(closed=self._breaker.succeeded(call, self._clock.now()))
            return fetched
        finally:
            self._breaker.release(call)

    def failed_elsewhere(self, failure: ExchangeUnavailable) -> None:
        """Count a call that failed in another process."""
        now = self._clock.now()
        call = self._breaker.admit(now)
        opened = self._breaker.failed(call, failure, now)
        self._breaker.release(call)
        self._failed(failure, opened=opened)

    def succeeded_elsewhere(self, observed_at: float) -> None:
        """Count a call that succeeded in another process: a half-open breaker treats it as its probe."""
        self._succeeded(closed=self._breaker.succeeded_elsewhere(observed_at, self._clock.now()))

    def _log(self, failure: ExchangeUnavailable) -> None:
        # Only its kind: whatever may be shown of it, the adapter has put into the detail.
        cause = type(failure.__cause__).__name__ if failure.__cause__ else None
        reason = failure.reason.value
        log.warning("exchange_failed", exchange=self.exchange, reason=reason, detail=failure.detail, cause=cause)

    def _failed(self, failure: ExchangeUnavailable, *, opened: bool) -> None:
        self.last_failure = failure
        if opened:
            log.warning("breaker_opened", exchange=self.exchange, reason=failure.reason.value)
            self._meter.breaker_changed(self.exchange, is_open=True)

    def _succeeded(self, *, closed: bool) -> None:
        if closed:
            log.info("breaker_closed", exchange=self.exchange)
            self._meter.breaker_changed(self.exchange, is_open=False)
        if self.state is BreakerState.CLOSED:
            self.last_failure = None  # else this call was sent before the breaker opened, and proves nothing
