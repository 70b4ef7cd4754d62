"""How often an exchange may be asked without being asked for, given what it says of its rate limit."""

from application.market_data.ports.exchange import Usage

# From this share of the limit on, it is time to slow down: what is left is for users' questions.
TIGHT_SHARE = 0.8

# While it is tight, only each of so many beats asks. No less often: then users' questions would do the asking.
BEATS_WHILE_TIGHT = 2


class Throttle:
    """Of one exchange. It is tight from the moment that much of the limit is used until that window is over.

    Pure: the time is handed in, in Unix seconds.
    """

    def __init__(self) -> None:
        self.is_tight = False
        self._beats = 0

    def update(self, usage: Usage | None, now: float) -> bool:
        """Look at what the exchange told last; return whether that made it tight, or eased it."""
        is_tight = usage is not None and now < usage.until and usage.used >= TIGHT_SHARE * usage.limit
        has_changed = is_tight is not self.is_tight
        self.is_tight = is_tight
        if has_changed:
            self._beats = 0
        return has_changed

    def allows(self) -> bool:
        """Tell whether the exchange is to be asked at this beat, and count it."""
        self._beats += 1
        return not self.is_tight or self._beats % BEATS_WHILE_TIGHT == 0
