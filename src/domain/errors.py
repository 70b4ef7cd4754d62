"""Errors that all features share; a feature's own errors are in its folder."""


class CrossrateError(Exception):
    """The base class of the service's own errors."""


class InvalidInput(CrossrateError):
    """The input is invalid. The message may be shown to the caller."""


class InvalidCurrency(InvalidInput):
    """Not a well-formed ticker."""


class InvalidPair(InvalidInput):
    """Not written as BASE/QUOTE, or a currency against itself."""


class CacheUnavailable(CrossrateError):
    """The cache could not be read or written. Conversions continue without it."""


class DatabaseUnavailable(CrossrateError):
    """The database could not be read or written. The message contains neither the address nor SQL."""


class NoSuchObject(CrossrateError):
    """The object does not exist or belongs to another user; the message does not say which."""


class Conflict(CrossrateError):
    """The change conflicts with the current state. The message may be shown to the caller."""


class TooManyRequests(CrossrateError):
    """The caller must wait `retry_after_seconds` before the next request."""

    def __init__(self, message: str, retry_after_seconds: float) -> None:
        self.retry_after_seconds = retry_after_seconds
        super().__init__(message)
