"""The rate-limit throttle: the sync calls an exchange less often when its rate limit is nearly used up."""

from application.market_data.ports.exchange import Usage

# From this share of the limit on, the rest is left to users' requests.
ENGAGE_AT_SHARE = 0.8

# While engaged, one tick in this many calls the exchange. With fewer, users' requests would make the calls instead.
TICKS_PER_CALL_WHILE_ENGAGED = 2


class Throttle:
    """The throttle of one exchange: engaged from `ENGAGE_AT_SHARE` of the limit until the limit's window ends.

    Pure: the time is passed in, in Unix seconds.
    """

    def __init__(self) -> None:
        self.is_engaged = False
        self._ticks = 0

    def update(self, usage: Usage | None, now: float) -> bool:
        """Apply the last reported usage; return whether that engaged or released the throttle."""
        is_engaged = usage is not None and now < usage.until and usage.used >= ENGAGE_AT_SHARE * usage.limit
        has_changed = is_engaged is not self.is_engaged
        self.is_engaged = is_engaged
        if has_changed:
            self._ticks = 0
        return has_changed

    def allows(self) -> bool:
        """Count a tick; return whether it may call the exchange."""
        self._ticks += 1
        return not self.is_engaged or self._ticks % TICKS_PER_CALL_WHILE_ENGAGED == 0
