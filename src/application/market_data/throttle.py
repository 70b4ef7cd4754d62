"""How often the sync calls an exchange, given what the exchange reports of its rate limit."""

from application.market_data.ports.exchange import Usage

# From this share of the limit on, the rest is left to users' questions.
ENGAGE_AT_SHARE = 0.8

# While engaged, one in so many ticks calls. No fewer: users' questions would then make the calls instead.
TICKS_PER_CALL_WHILE_ENGAGED = 2


class Throttle:
    """Of one exchange. Engaged from the moment that much of the limit is used until the limit's window ends.

    Pure: the time is passed in, in Unix seconds.
    """

    def __init__(self) -> None:
        self.is_engaged = False
        self._ticks = 0

    def update(self, usage: Usage | None, now: float) -> bool:
        """Take the last reported usage into account; return whether that engaged or released the throttle."""
        is_engaged = usage is not None and now < usage.until and usage.used >= ENGAGE_AT_SHARE * usage.limit
        has_changed = is_engaged is not self.is_engaged
        self.is_engaged = is_engaged
        if has_changed:
            self._ticks = 0
        return has_changed

    def allows(self) -> bool:
        """Count a tick, and return whether it may call the exchange."""
        self._ticks += 1
        return not self.is_engaged or self._ticks % TICKS_PER_CALL_WHILE_ENGAGED == 0
