"""Requests with an idempotency key in a dictionary."""

from dataclasses import dataclass

from application.idempotency.ports.idempotency_records import IdempotencyRecords
from domain.idempotency.errors import KeyReused
from domain.idempotency.keyed_request import Answer, KeyedRequest


@dataclass(frozen=True)
class Kept:
    """One record."""

    fingerprint: bytes
    expires_at: float
    answer: Answer | None


class FakeIdempotencyRecords(IdempotencyRecords):
    def __init__(self, kept: dict[tuple[str, str], Kept]) -> None:
        self._kept = kept

    async def begin(self, request: KeyedRequest, now: float, expires_at: float) -> Answer | None:
        before = self._kept.get((request.owner, request.key.text))
        if before is None or before.expires_at <= now:
            self._kept[request.owner, request.key.text] = Kept(request.fingerprint, expires_at, None)
            return None
        if before.fingerprint != request.fingerprint:
            raise KeyReused("this key belongs to another request")
        return before.answer

    async def keep(self, request: KeyedRequest, answer: Answer) -> None:
        place = request.owner, request.key.text
        self._kept[place] = Kept(request.fingerprint, self._kept[place].expires_at, answer)

    async def delete_expired(self, now: float, limit: int) -> int:
        oldest_first = sorted(self._kept, key=lambda place: self._kept[place].expires_at)
        expired = [place for place in oldest_first if self._kept[place].expires_at <= now][:limit]
        for place in expired:
            del self._kept[place]
        return len(expired)
