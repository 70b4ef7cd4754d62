"""ccxt's exceptions as ours. Their texts contain addresses and bodies, so only their names are kept."""

import socket
from typing import Any

import aiohttp
import ccxt

from domain.rates.errors import ExchangeUnavailable, FailureReason

DEFAULT_PAUSE_SECONDS = 30.0


def failure_of(exchange: str, error: Exception) -> ExchangeUnavailable:
    """Return what an exception means. The most specific ones come first."""
    detail: dict[str, Any] = {"source": exchange, "detail": f"ccxt: {type(error).__name__}"}
    if isinstance(error, TimeoutError | ccxt.RequestTimeout):
        return ExchangeUnavailable(reason=FailureReason.TIMEOUT, **detail)
    if isinstance(error, ccxt.RateLimitExceeded | ccxt.DDoSProtection):
        return ExchangeUnavailable(
            reason=FailureReason.RATE_LIMITED, retry_after_seconds=DEFAULT_PAUSE_SECONDS, **detail
        )
    if isinstance(error, ccxt.ExchangeNotAvailable | ccxt.NetworkError | aiohttp.ClientError | OSError):
        is_network = isinstance(error.__cause__, aiohttp.ClientError | OSError | socket.gaierror)
        reason = FailureReason.NETWORK if is_network else FailureReason.SERVER_ERROR
        return ExchangeUnavailable(reason=reason, is_transient=True, **detail)
    if isinstance(error, ccxt.PermissionDenied):
        return ExchangeUnavailable(reason=FailureReason.BLOCKED, **detail)
    if isinstance(error, ccxt.BaseError) and not isinstance(error, ccxt.BadResponse):
        return ExchangeUnavailable(reason=FailureReason.REFUSED, **detail)
    return ExchangeUnavailable(reason=FailureReason.BAD_BODY, is_transient=True, **detail)
