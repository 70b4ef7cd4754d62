"""Logs a repeated warning once, then counts it: without a network there would be a hundred lines a minute."""

import asyncio
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import structlog
from structlog.typing import EventDict

# A warning that comes again within this time is a repeat; otherwise it has ended.
QUIET_SECONDS = 60.0

# Between the lines with the count of repeats.
REPORT_SECONDS = 300.0

# How many different warnings are remembered; the oldest is forgotten first.
MOST_WARNINGS = 256

SECONDS_PER_MINUTE = 60

_WARNINGS = frozenset({"warning", "error", "exception", "critical"})

# Fields that may differ between repeats of one warning.
_PARTICULARS = frozenset({"detail", "cause", "exc_info"})

# Those of single warnings: what fails for one pair or hour mostly fails for all.
_PARTICULARS_OF = {
    "job_failed": _PARTICULARS | {"pair", "hour", "day"},
    "quote_source_failed": _PARTICULARS | {"pair"},
}

log = structlog.get_logger()


@dataclass(slots=True)
class _Repeats:
    """One warning: its fields, when it last came and was last logged, and its repeats since then."""

    fields: dict[str, Any]
    last_at: float
    shown_at: float
    again: int = 0

    def count(self, now: float) -> dict[str, int]:
        """Return how often it came again in how many minutes, and start a new count."""
        again, minutes = self.again, max(1, round((now - self.shown_at) / SECONDS_PER_MINUTE))
        self.again, self.shown_at = 0, now
        return {"again": again, "in_minutes": minutes}


class RepeatedWarnings:
    """A processor for structlog. Of a repeated warning it passes the first line, and a count every few minutes.

    A warning with a `request_id` is always passed, because the answer to that request refers to it.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._warnings: dict[tuple[object, ...], _Repeats] = {}
        self._timer: asyncio.TimerHandle | None = None

    def __call__(self, _logger: object, method: str, event: EventDict) -> EventDict:
        """Return the event, or raise `DropEvent` for one that is only counted."""
        if method not in _WARNINGS or "request_id" in event:
            return event
        now = self._clock()
        particulars = _PARTICULARS_OF.get(event["event"], _PARTICULARS)
        fields = {name: value for name, value in event.items() if name not in particulars}
        if (error := _error_of(event)) is not None:
            fields["error"] = type(error).__name__
        key = tuple(sorted((name, repr(value)) for name, value in fields.items()))
        known = self._warnings.get(key)
        if known is None or now - known.last_at >= QUIET_SECONDS:
            self._remember(key, _Repeats(fields, now, now))
            return event
        known.last_at = now
        known.again += 1
        if now - known.shown_at < REPORT_SECONDS:
            raise structlog.DropEvent
        return {**event, **known.count(now)}

    def end_quiet_ones(self) -> None:
        """Forget each warning that has not come again for a while. Log the end of each that repeated."""
        now = self._clock()
        quiet = [key for key, each in self._warnings.items() if now - each.last_at >= QUIET_SECONDS]
        for key in quiet:
            ended = self._warnings.pop(key)
            if ended.again:
                fields = dict(ended.fields)
                log.info("warning_ended", warning=fields.pop("event"), **fields, **ended.count(ended.last_at))

    def _remember(self, key: tuple[object, ...], warning: _Repeats) -> None:
        self._warnings.pop(key, None)
        self._warnings[key] = warning
        if len(self._warnings) > MOST_WARNINGS:
            del self._warnings[next(iter(self._warnings))]
        self._keep_looking()

    def _keep_looking(self) -> None:
        """Look again later for warnings that have ended, if an event loop runs."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return
        if self._timer is None or self._timer.cancelled() or self._timer.when() <= loop.time():
            self._timer = loop.call_later(QUIET_SECONDS / 2, self._look)

    def _look(self) -> None:
        self.end_quiet_ones()
        if self._warnings:
            self._keep_looking()


def _error_of(event: EventDict) -> BaseException | None:
    error = event.get("exc_info")
    if error is True:
        return sys.exc_info()[1]
    return error if isinstance(error, BaseException) else None
