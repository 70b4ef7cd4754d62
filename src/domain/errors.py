"""The errors that every feature shares; each feature has its own beside its other files."""


class CrossrateError(Exception):
    """Whatever the service raises on purpose."""


class RefusedInput(CrossrateError):
    """An invalid value. The message is fit for the caller."""


class InvalidCurrency(RefusedInput):
    """Not a well-formed ticker."""


class InvalidPair(RefusedInput):
    """Not written as BASE/QUOTE, or a currency against itself."""


class CacheUnavailable(CrossrateError):
    """The cache could not be read or written. Never a reason to refuse a conversion."""


class DatabaseUnavailable(CrossrateError):
    """The database could not be read or written. The message contains no address and no statement."""


class NoSuchObject(CrossrateError):
    """It does not exist, or belongs to another user; the message does not say which."""


class Conflict(CrossrateError):
    """The change contradicts the current state. The message is fit for the caller."""


class TooManyRequests(CrossrateError):
    """The caller asked too often and must wait `retry_after_seconds` from now on."""

    def __init__(self, message: str, retry_after_seconds: float) -> None:
        self.retry_after_seconds = retry_after_seconds
        super().__init__(message)
