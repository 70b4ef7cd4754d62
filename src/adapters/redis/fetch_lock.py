"""Turns among all processes that share a Redis."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import uuid4

import msgspec
from redis.commands.core import AsyncScript

from adapters.redis.connection import RedisConnection
from adapters.redis.keys import FETCH_LOCK, KEEP_SECONDS, key_prefix
from adapters.redis.scripts import END, EXTEND, LEAVE_ALONE, NUMBERS_END, TAKE
from application.concurrency.broadcast import Broadcast
from application.market_data.ports.fetch_lock import (
    NO_FETCH,
    Failed,
    FetchLock,
    Kept,
    Lease,
    Outcome,
    Payload,
    UnderWay,
)
from domain.errors import CacheUnavailable
from domain.rates.errors import ExchangeUnavailable, FailureReason

# Longer than an attempt at an exchange by default, so that it is hardly ever extended.
LEASE_SECONDS = 3.0

# The longest ban that an exchange hands out is three days; the hash that tells of it must outlive it.
LONGEST_PAUSE_SECONDS = 4 * KEEP_SECONDS


Arguments = Sequence[str | bytes | int]


class _Failure(msgspec.Struct, array_like=True):
    reason: FailureReason
    detail: str
    retry_after_seconds: float | None
    is_transient: bool


class RedisFetchLock(FetchLock):
    """One hash an exchange, and one script a step."""

    lease_seconds = LEASE_SECONDS

    def __init__(self, link: RedisConnection, sources: Mapping[str, str]) -> None:
        """`sources` says where each exchange is asked: who asks elsewhere, a stand-in say, shares nothing with us."""
        self._link = link
        self._keys = {exchange: key_prefix(exchange, source) + FETCH_LOCK for exchange, source in sources.items()}
        self._bells = {exchange: Broadcast() for exchange in sources}
        self._take = link.client.register_script(TAKE)
        self._extend = link.client.register_script(EXTEND)
        self._end = link.client.register_script(END)
        self._leave_alone = link.client.register_script(LEAVE_ALONE)

    async def kept(self, exchange: str, payload: Payload) -> int:
        """Return the newest fetch whose value is kept."""
        told = await self._link.call("kept", lambda client: client.hget(self._keys[exchange], f"kept:{payload.value}"))
        return _number(told)

    async def take(
        self, exchange: str, payload: Payload, *, known: int | None, waited_for: int | None
    ) -> Lease | UnderWay | Kept | Failed:
        """Return the turn if nobody has it."""
        token = uuid4().hex
        arguments: Arguments = [
            payload.value,
            "" if known is None else known,
            "" if waited_for is None else waited_for,
            _milliseconds(self.lease_seconds),
            token,
            _milliseconds(LONGEST_PAUSE_SECONDS),
            LONGEST_PAUSE_SECONDS,
        ]
        is_sent = self._link.answers
        try:
            kind, *told = await self._run("take", self._take, exchange, arguments)
        except CacheUnavailable:
            if is_sent:  # and will be heard when Redis goes on: nobody would have the turn, until its lease is over
                self._owe_end(exchange, [token, NO_FETCH, "", "", ""])
            raise
        match kind:
            case b"turn":
                return Lease(exchange, payload, int(told[0]), token)
            case b"under way":
                return UnderWay(int(told[0]))
            case b"kept":
                return Kept(int(told[0]))
            case b"pause":
                raise _pause(told[1], exchange, int(told[0]) / 1000)
            case _:
                return Failed(int(told[0]), _read(told[1], exchange))

    async def extend(self, lease: Lease) -> None:
        """Have it last for longer, if it is still the one that is held."""
        await self._run("extend", self._extend, lease.exchange, [lease.token, _milliseconds(self.lease_seconds)])

    async def end(self, lease: Lease, outcome: Outcome) -> None:
        """Give it back, if it is still the one that is held."""
        failure = outcome.failure
        kept = lease.payload.value if outcome.is_kept else ""
        failed = b"" if failure is None else _written(failure)
        failed_of = "" if failure is None or failure.is_of_the_whole_exchange else lease.payload.value
        arguments: Arguments = [lease.token, lease.number, kept, failed, failed_of]
        try:
            await self._run("end", self._end, lease.exchange, arguments)
        except CacheUnavailable:
            self._owe_end(lease.exchange, arguments)
            raise
        finally:
            self._bells[lease.exchange].ring()

    async def leave_alone(self, failure: ExchangeUnavailable) -> None:
        """Let nobody have a turn for a while."""
        pause = min(failure.retry_after_seconds or 0.0, LONGEST_PAUSE_SECONDS)
        longest = _milliseconds(LONGEST_PAUSE_SECONDS)
        arguments: Arguments = [_milliseconds(pause), _written(failure), longest, LONGEST_PAUSE_SECONDS]
        await self._run("leave_alone", self._leave_alone, failure.exchange, arguments)

    async def change(self, exchange: str, within_seconds: float) -> None:
        """Wait for news, or for as long as it takes to look again."""
        await self._bells[exchange].heard(within_seconds)

    def ring(self, exchange: str) -> None:
        """Have those who wait look: another process has ended its turn."""
        self._bells[exchange].ring()

    def _owe_end(self, exchange: str, arguments: Arguments) -> None:
        self._link.run_on_recovery(lambda client: self._end([self._keys[exchange]], arguments, client))

    async def _run(self, name: str, script: AsyncScript, exchange: str, arguments: Arguments) -> Any:  # noqa: ANN401
        # What comes back is as each script answers.
        return await self._link.call(name, lambda client: script([self._keys[exchange]], arguments, client))


def _milliseconds(seconds: float) -> int:
    return math.ceil(seconds * 1000)


def _number(told: object) -> int:
    """Read a fetch's number as the scripts do: what is none, or higher than any will be, is damage."""
    if not isinstance(told, bytes) or not told.isdigit() or len(told) > len(str(NUMBERS_END)):
        return NO_FETCH
    number = int(told)
    return number if number < NUMBERS_END else NO_FETCH


def _pause(value: bytes, exchange: str, left_seconds: float) -> ExchangeUnavailable:
    """Read why the exchange is to be left alone. It is, even where the reason cannot be read any more."""
    try:
        failure = _read(value, exchange)
    except CacheUnavailable:
        failure = ExchangeUnavailable(exchange, FailureReason.RATE_LIMITED, "to be left alone; why, cannot be read")
    return replace(failure, retry_after_seconds=left_seconds)


def _written(failure: ExchangeUnavailable) -> bytes:
    told = _Failure(failure.reason, failure.detail, failure.retry_after_seconds, failure.is_transient)
    return msgspec.msgpack.encode(told)


def _read(value: bytes, exchange: str) -> ExchangeUnavailable:
    try:
        told = msgspec.msgpack.decode(value, type=_Failure)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise CacheUnavailable("Redis: a failure that cannot be read") from error
    return ExchangeUnavailable(exchange, told.reason, told.detail, told.retry_after_seconds, told.is_transient)
