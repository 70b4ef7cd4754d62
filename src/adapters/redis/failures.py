"""How an exchange's failure is written in Redis, for the other processes."""

from dataclasses import replace

import msgspec

from application.market_data.errors import LockUnavailable
from domain.rates.errors import ExchangeUnavailable, FailureReason


class _Failure(msgspec.Struct, array_like=True):
    reason: FailureReason
    detail: str
    retry_after_seconds: float | None
    is_transient: bool


def encode_failure(failure: ExchangeUnavailable) -> bytes:
    """Write a failure."""
    fields = _Failure(failure.reason, failure.detail, failure.retry_after_seconds, failure.is_transient)
    return msgspec.msgpack.encode(fields)


def decode_failure(value: bytes, exchange: str) -> ExchangeUnavailable:
    """Read a failure. Raises `LockUnavailable` when it is damaged."""
    try:
        fields = msgspec.msgpack.decode(value, type=_Failure)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise LockUnavailable("Redis: a damaged failure") from error
    return ExchangeUnavailable(exchange, fields.reason, fields.detail, fields.retry_after_seconds, fields.is_transient)


def decode_pause(value: bytes, exchange: str, left_seconds: float) -> ExchangeUnavailable:
    """Read why the exchange is paused. It stays paused even when the reason is damaged."""
    try:
        failure = decode_failure(value, exchange)
    except LockUnavailable:
        failure = ExchangeUnavailable(exchange, FailureReason.RATE_LIMITED, "paused; the reason is damaged")
    return replace(failure, retry_after_seconds=left_seconds)
