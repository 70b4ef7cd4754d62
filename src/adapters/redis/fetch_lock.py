"""The fetch lock of all processes that share a Redis."""

import math
from collections.abc import Mapping, Sequence
from uuid import uuid4

from adapters.redis.connection import RedisConnection
from adapters.redis.failures import decode_failure, decode_pause, encode_failure
from adapters.redis.keys import FETCH_LOCK, TTL_SECONDS, key_prefix
from adapters.redis.run_script import Arguments, run_script
from adapters.redis.scripts import ACQUIRE, CONNECT, EXTEND, NUMBERS_END, PAUSE, RELEASE
from application.concurrency.broadcast import Broadcast
from application.market_data.errors import LockUnavailable, throttled
from application.market_data.ports.fetch_lock import (
    NO_FETCH,
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
from domain.errors import CacheUnavailable
from domain.rates.errors import ExchangeUnavailable

# Longer than the default timeout of a call to an exchange, so that it is rarely extended.
LEASE_SECONDS = 3.0

# Longer than the longest ban of an exchange, three days. The hash that holds it must outlive it.
MAX_PAUSE_SECONDS = 4 * TTL_SECONDS

# Longer than the window of any exchange's rate limit.
MAX_CLOSURE_SECONDS = 3600


class RedisFetchLock(FetchLock):
    """One hash per exchange, and one script per operation."""

    lease_seconds = LEASE_SECONDS

    def __init__(self, connection: RedisConnection, sources: Mapping[str, str]) -> None:
        """`sources` maps exchanges to URLs; a process with another URL, such as a simulator's, shares nothing."""
        self._connection = connection
        self._keys = {
            each: key_prefix(connection.sealed_prefix, each, source) + FETCH_LOCK for each, source in sources.items()
        }
        self._changes = {exchange: Broadcast() for exchange in sources}
        self._acquire = connection.client.register_script(ACQUIRE)
        self._extend = connection.client.register_script(EXTEND)
        self._release = connection.client.register_script(RELEASE)
        self._pause = connection.client.register_script(PAUSE)
        self._connect = connection.client.register_script(CONNECT)

    async def newest_cached(self, exchange: str, payload: Payload) -> int:
        """Return the fencing token of the newest cached fetch."""
        field = f"cached:{payload.value}"
        try:
            value = await self._connection.call(
                "newest_cached", lambda client: client.hget(self._keys[exchange], field)
            )
        except CacheUnavailable as error:
            raise LockUnavailable(str(error)) from error
        return _fencing_token(value)

    async def acquire(
        self,
        exchange: str,
        payload: Payload,
        *,
        newer_than: int | None,
        waited_for: int | None,
        spacing: Spacing | None = None,
    ) -> Lease | InFlight | Spaced | Cached | FetchFailed:
        """Return a lease if the lock is free."""
        holder = uuid4().hex
        arguments: Arguments = [
            payload.value,
            "" if newer_than is None else newer_than,
            "" if waited_for is None else waited_for,
            _milliseconds(self.lease_seconds),
            holder,
            _milliseconds(MAX_PAUSE_SECONDS),
            MAX_PAUSE_SECONDS,
            *_booking(spacing),
            _milliseconds(MAX_CLOSURE_SECONDS),
        ]
        is_sent = self._connection.answers
        try:
            kind, *reply = await run_script(self._connection, "acquire", self._acquire, self._keys[exchange], arguments)
        except LockUnavailable:
            if is_sent:  # a Redis that hangs still runs it later, and the lock would be held until it expires
                self._release_later(exchange, [holder, NO_FETCH, "", "", "", 0, payload.value])
            raise
        return self._read(kind, reply, exchange, payload, holder)

    async def extend(self, lease: Lease) -> None:
        """Extend the lease if it is still held."""
        arguments: Arguments = [lease.holder, _milliseconds(self.lease_seconds), lease.payload.value]
        await run_script(self._connection, "extend", self._extend, self._keys[lease.exchange], arguments)

    async def release(self, lease: Lease, outcome: FetchOutcome) -> None:
        """Release the lease if it is still held."""
        failure = outcome.failure
        cached = lease.payload.value if outcome.is_cached else ""
        encoded = b"" if failure is None else encode_failure(failure)
        failed = [] if failure is None else [*Payload] if failure.is_exchange_wide else [lease.payload]
        if encoded:
            encoded = self._connection.seal.sealed(self._keys[lease.exchange], lease.fencing_token, encoded)
        closed = _milliseconds(min(outcome.closed_seconds, MAX_CLOSURE_SECONDS))
        token, payload = lease.fencing_token, lease.payload.value
        arguments: Arguments = [lease.holder, token, cached, encoded, " ".join(failed), closed, payload]
        try:
            await run_script(self._connection, "release", self._release, self._keys[lease.exchange], arguments)
        except LockUnavailable:
            self._release_later(lease.exchange, arguments)
            raise
        finally:
            self.notify(lease.exchange)

    async def pause(self, failure: ExchangeUnavailable) -> None:
        """Grant no lease for a while."""
        seconds = min(failure.retry_after_seconds or 0.0, MAX_PAUSE_SECONDS)
        longest = _milliseconds(MAX_PAUSE_SECONDS)
        reason = self._connection.seal.sealed(self._keys[failure.exchange], NO_FETCH, encode_failure(failure))
        arguments: Arguments = [_milliseconds(seconds), reason, longest, MAX_PAUSE_SECONDS]
        await run_script(self._connection, "pause", self._pause, self._keys[failure.exchange], arguments)

    async def book_connection(self, exchange: str, spacing_seconds: float) -> float:
        """Book a connection, or return how long to wait."""
        arguments: Arguments = [_milliseconds(spacing_seconds), _milliseconds(MAX_PAUSE_SECONDS), MAX_PAUSE_SECONDS]
        key = self._keys[exchange]
        kind, left, *reason = await run_script(self._connection, "connect", self._connect, key, arguments)
        if kind == b"pause":
            raise decode_pause(self._opened(exchange, NO_FETCH, reason[0]), exchange, int(left) / 1000)
        return int(left) / 1000

    async def wait_for_change(self, exchange: str, timeout_seconds: float) -> None:
        """Wait for the next release, by this process or in a market update."""
        await self._changes[exchange].wait(timeout_seconds)

    def notify(self, exchange: str) -> None:
        """Wake those who wait for a change."""
        self._changes[exchange].notify()

    def _read(
        self, kind: bytes, reply: Sequence[bytes], exchange: str, payload: Payload, holder: str
    ) -> Lease | InFlight | Spaced | Cached | FetchFailed:
        match kind:
            case b"lease":
                return Lease(exchange, payload, int(reply[0]), holder)
            case b"in flight":
                return InFlight(int(reply[0]))
            case b"spaced":
                return Spaced(int(reply[0]) / 1000, int(reply[1]))
            case b"closed":
                raise throttled(exchange, int(reply[0]) / 1000)
            case b"cached":
                return Cached(int(reply[0]))
            case b"pause":
                raise decode_pause(self._opened(exchange, NO_FETCH, reply[1]), exchange, int(reply[0]) / 1000)
            case _:
                token = int(reply[0])
                return FetchFailed(token, decode_failure(self._opened(exchange, token, reply[1]), exchange))

    def _opened(self, exchange: str, fencing_token: int, sealed: bytes) -> bytes:
        """Return what a process sealed for this fetch; nothing, which is damage, in place of anything else."""
        opened = self._connection.seal.opened(self._keys[exchange], sealed)
        return opened.value if opened is not None and opened.fencing_token == fencing_token else b""

    def _release_later(self, exchange: str, arguments: Arguments) -> None:
        self._connection.run_on_recovery(lambda client: self._release([self._keys[exchange]], arguments, client))


def _booking(spacing: Spacing | None) -> tuple[int, int, str]:
    if spacing is None:
        return 0, 0, ""
    is_for = "sync" if spacing.is_for_sync else ""
    return _milliseconds(spacing.seconds), _milliseconds(spacing.burst_seconds), is_for


def _milliseconds(seconds: float) -> int:
    return math.ceil(seconds * 1000)


def _fencing_token(value: object) -> int:
    """Parse a fencing token as the scripts do: anything that is not a number, or too high, is damage."""
    if not isinstance(value, bytes) or not value.isdigit() or len(value) > len(str(NUMBERS_END)):
        return NO_FETCH
    token = int(value)
    return token if token < NUMBERS_END else NO_FETCH
