"""Turns whose calls are spans: they show who asked an exchange, and who waited for whom."""

from opentelemetry.trace import SpanKind, Tracer

from adapters.opentelemetry.spans import span_around
from application.market_data.ports.fetch_lock import Failed, FetchLock, Kept, Lease, Outcome, Payload, UnderWay
from domain.rates.errors import ExchangeUnavailable


class TracedFetchLock(FetchLock):
    """Hands every call on to `fetch_lock`."""

    def __init__(self, fetch_lock: FetchLock, tracer: Tracer) -> None:
        self._fetch_lock = fetch_lock
        self._tracer = tracer

    @property
    def lease_seconds(self) -> float:
        """That of the turns themselves."""
        return self._fetch_lock.lease_seconds

    async def kept(self, exchange: str, payload: Payload) -> int:
        """Ask for it."""
        with span_around(self._tracer, "turn kept", SpanKind.CLIENT, _told(exchange, payload)):
            return await self._fetch_lock.kept(exchange, payload)

    async def take(
        self, exchange: str, payload: Payload, *, known: int | None, waited_for: int | None
    ) -> Lease | UnderWay | Kept | Failed:
        """Take it, or tell why not."""
        with span_around(self._tracer, "turn take", SpanKind.CLIENT, _told(exchange, payload)) as span:
            answer = await self._fetch_lock.take(exchange, payload, known=known, waited_for=waited_for)
            span.set_attribute("crossrate.turn", type(answer).__name__)
            return answer

    async def extend(self, lease: Lease) -> None:
        """Extend it, without a span: it happens again and again while a fetch lasts."""
        await self._fetch_lock.extend(lease)

    async def end(self, lease: Lease, outcome: Outcome) -> None:
        """Give it back."""
        with span_around(self._tracer, "turn end", SpanKind.CLIENT, _told(lease.exchange, lease.payload)):
            await self._fetch_lock.end(lease, outcome)

    async def leave_alone(self, failure: ExchangeUnavailable) -> None:
        """Tell it."""
        with span_around(self._tracer, "turn leave alone", SpanKind.CLIENT, {"crossrate.exchange": failure.exchange}):
            await self._fetch_lock.leave_alone(failure)

    async def change(self, exchange: str, within_seconds: float) -> None:
        """Wait for it."""
        with span_around(self._tracer, "turn wait", SpanKind.INTERNAL, {"crossrate.exchange": exchange}):
            await self._fetch_lock.change(exchange, within_seconds)


def _told(exchange: str, payload: Payload) -> dict[str, str]:
    return {"crossrate.exchange": exchange, "crossrate.payload": payload.value}
