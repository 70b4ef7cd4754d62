"""Detects outages: after a failure, callers can give up immediately until a background probe succeeds."""

import asyncio
from collections.abc import Awaitable, Callable

Probe = Callable[[], Awaitable[str | None]]


class OutageGate:
    """Knows whether an external service is down, so that not every caller has to wait for a timeout.

    The first failure starts a background task that calls `probe` every `interval_seconds`. `probe` returns the reason
    of the outage, or None if the service answered; then the outage ends and `on_recovery` is called.
    """

    def __init__(
        self, probe: Probe, *, interval_seconds: float, on_recovery: Callable[[], None] = lambda: None
    ) -> None:
        self._probe = probe
        self._interval_seconds = interval_seconds
        self._on_recovery = on_recovery
        self._failure: str | None = None
        self._probing: asyncio.Task[None] | None = None

    @property
    def failure(self) -> str | None:
        """The reason of the outage, None while there is none."""
        return self._failure

    def fail(self, reason: str) -> bool:
        """Start an outage, or update the reason of the current one; return whether it has just started."""
        has_just_started = self._failure is None
        self._failure = reason
        if has_just_started:
            self._probing = asyncio.create_task(self._probe_until_answered())
        return has_just_started

    async def close(self) -> None:
        """Stop probing; a current outage then never ends."""
        if self._probing is not None:
            self._probing.cancel()
            await asyncio.wait([self._probing])

    async def _probe_until_answered(self) -> None:
        try:
            while self._failure is not None:
                await asyncio.sleep(self._interval_seconds)
                self._failure = await self._probe()
        except Exception:
            self._failure = None  # without a probe, nothing would ever end the outage
            raise
        self._on_recovery()
