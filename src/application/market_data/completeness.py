"""Reject a part of a market that comes in place of the whole."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Generic

import structlog

from application.market_data.payload_source import T
from domain.rates.book_tickers import BookTickers
from domain.rates.errors import ExchangeUnavailable, FailureReason
from domain.rates.instruments import Instruments

# A loss that lasts for so long is no fault: the exchange has really delisted or halted so much.
ACCEPTED_AFTER_SECONDS = 60.0

log = structlog.get_logger()


class Completeness(Generic[T]):
    """Compares each fetched value of one payload of one exchange with the newest one before it.

    `max_loss_percent` of the symbols may be gone; 0 stands for no limit.
    """

    def __init__(self, max_loss_percent: float) -> None:
        self._max_loss_percent = max_loss_percent
        self._newest: T | None = None
        self._part: T | None = None  # the first value with the loss that goes on

    def took(self, value: T) -> None:
        """Compare later values with this one, wherever it came from."""
        self._newest = value

    async def checked(self, fetch: Callable[[], Awaitable[T]]) -> T:
        """Return what is fetched. Raises `ExchangeUnavailable` if too much of it is gone, until that has persisted."""
        value = await fetch()
        if self._newest is None or not self._has_lost_much(self._newest, value):
            self._part = None
        elif self._part is None or self._has_lost_much(self._part, value) or self._seconds_lost(value) < 0:
            self._part = value
            raise self._failure(self._newest, value)
        elif self._seconds_lost(value) < ACCEPTED_AFTER_SECONDS:
            raise self._failure(self._newest, value)
        else:
            left, before = len(_symbols(value)), len(_symbols(self._newest))
            log.warning("loss_accepted", exchange=value.exchange, payload=_name(value), symbols=left, before=before)
            self._part = None
        return value

    def _has_lost_much(self, before: T, value: T) -> bool:
        known = _symbols(before)
        lost = len(known.keys() - _symbols(value).keys())
        return bool(self._max_loss_percent) and lost * 100 > self._max_loss_percent * len(known)

    def _seconds_lost(self, value: T) -> float:
        return 0.0 if self._part is None else value.fetched_at - self._part.fetched_at

    @staticmethod
    def _failure(before: T, value: T) -> ExchangeUnavailable:
        known, now = _symbols(before), _symbols(value)
        detail = f"{len(known.keys() - now.keys())} of {len(known)} {_name(value)} are missing"
        return ExchangeUnavailable(value.exchange, FailureReason.INCOMPLETE, detail, is_transient=True)


def _symbols(value: Instruments | BookTickers) -> Mapping[str, object]:
    return value.pairs.ends if isinstance(value, Instruments) else value.by_symbol.costs


def _name(value: Instruments | BookTickers) -> str:
    return "pairs" if isinstance(value, Instruments) else "books"
