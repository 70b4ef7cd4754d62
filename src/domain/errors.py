"""The errors that every feature shares; each feature has its own beside its other files.

`CrossrateError` is the root of whatever the service raises on purpose.
"""


class CrossrateError(Exception):
    """The root: whatever the service raises on purpose."""


class RefusedInput(CrossrateError):
    """A value that cannot be part of any question. The message is fit for the one who sent it."""


class InvalidCurrency(RefusedInput):
    """Not a well-formed ticker."""


class InvalidPair(RefusedInput):
    """Not written as BASE/QUOTE, or a currency against itself."""


class CacheUnavailable(CrossrateError):
    """The cache could not be read or written. Never a reason to refuse a conversion."""


class DatabaseUnavailable(CrossrateError):
    """What lasts could not be read or written. The message names no address and no statement."""


class NoSuchObject(CrossrateError):
    """It does not exist, or is somebody else's: nobody is told which."""


class Conflict(CrossrateError):
    """It would contradict what is there. The message is fit for the one who asked."""


class TooManyRequests(CrossrateError):
    """It was asked too often. `retry_after_seconds` is how long to wait from now on."""

    def __init__(self, message: str, retry_after_seconds: float) -> None:
        self.retry_after_seconds = retry_after_seconds
        super().__init__(message)
