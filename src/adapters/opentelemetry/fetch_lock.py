"""Traces calls to a fetch lock: who fetched, and who waited."""

from opentelemetry.trace import SpanKind, Tracer

from adapters.opentelemetry.spans import span_around
from application.market_data.ports.fetch_lock import (
    Cached,
    FetchFailed,
    FetchLock,
    FetchOutcome,
    InFlight,
    Lease,
    Payload,
    Spaced,
    Spacing,
)
from domain.rates.errors import ExchangeUnavailable


class TracedFetchLock(FetchLock):
    """Forwards every call to `fetch_lock`."""

    def __init__(self, fetch_lock: FetchLock, tracer: Tracer) -> None:
        self._fetch_lock = fetch_lock
        self._tracer = tracer

    @property
    def lease_seconds(self) -> float:
        """The lease of the traced lock."""
        return self._fetch_lock.lease_seconds

    async def newest_cached(self, exchange: str, payload: Payload) -> int:
        """Read the token in a span."""
        with span_around(self._tracer, "fetch lock newest cached", SpanKind.CLIENT, _attributes(exchange, payload)):
            return await self._fetch_lock.newest_cached(exchange, payload)

    async def acquire(
        self,
        exchange: str,
        payload: Payload,
        *,
        newer_than: int | None,
        waited_for: int | None,
        spacing: Spacing | None = None,
    ) -> Lease | InFlight | Spaced | Cached | FetchFailed:
        """Try to acquire the lock in a span, which has the kind of reply."""
        with span_around(self._tracer, "fetch lock acquire", SpanKind.CLIENT, _attributes(exchange, payload)) as span:
            reply = await self._fetch_lock.acquire(
                exchange, payload, newer_than=newer_than, waited_for=waited_for, spacing=spacing
            )
            span.set_attribute("crossrate.fetch_lock", type(reply).__name__)
            return reply

    async def extend(self, lease: Lease) -> None:
        """Extend the lease, without a span, because each fetch does this repeatedly."""
        await self._fetch_lock.extend(lease)

    async def release(self, lease: Lease, outcome: FetchOutcome) -> None:
        """Release the lease in a span."""
        attributes = _attributes(lease.exchange, lease.payload)
        with span_around(self._tracer, "fetch lock release", SpanKind.CLIENT, attributes):
            await self._fetch_lock.release(lease, outcome)

    async def pause(self, failure: ExchangeUnavailable) -> None:
        """Pause the exchange in a span."""
        with span_around(self._tracer, "fetch lock pause", SpanKind.CLIENT, {"crossrate.exchange": failure.exchange}):
            await self._fetch_lock.pause(failure)

    async def book_connection(self, exchange: str, spacing_seconds: float) -> float:
        """Book a connection in a span."""
        with span_around(self._tracer, "fetch lock connection", SpanKind.CLIENT, {"crossrate.exchange": exchange}):
            return await self._fetch_lock.book_connection(exchange, spacing_seconds)

    async def wait_for_change(self, exchange: str, timeout_seconds: float) -> None:
        """Wait in a span."""
        with span_around(self._tracer, "fetch lock wait", SpanKind.INTERNAL, {"crossrate.exchange": exchange}):
            await self._fetch_lock.wait_for_change(exchange, timeout_seconds)


def _attributes(exchange: str, payload: Payload) -> dict[str, str]:
    return {"crossrate.exchange": exchange, "crossrate.payload": payload.value}
