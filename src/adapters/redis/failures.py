"""The format of an exchange's failure in Redis, through which processes share it."""

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
    """Encode a failure."""
    fields = _Failure(failure.reason, failure.detail, failure.retry_after_seconds, failure.is_transient)
    return msgspec.msgpack.encode(fields)


def decode_failure(value: bytes, exchange: str) -> ExchangeUnavailable:
    """Decode a failure. Raises `LockUnavailable` if it is damaged."""
    try:
        fields = msgspec.msgpack.decode(value, type=_Failure)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise LockUnavailable("Redis: a damaged failure") from error
    return ExchangeUnavailable(exchange, fields.reason, fields.detail, fields.retry_after_seconds, fields.is_transient)


def decode_pause(value: bytes, exchange: str, left_seconds: float) -> ExchangeUnavailable:
    """Decode why the exchange is paused. It stays paused even if the reason is damaged."""
    try:
        failure = decode_failure(value, exchange)
    except LockUnavailable:
        failure = ExchangeUnavailable(exchange, FailureReason.RATE_LIMITED, "paused; the reason is damaged")
    return replace(failure, retry_after_seconds=left_seconds)
