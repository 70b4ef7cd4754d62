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


class Conflict(CrossrateError):
    """The change conflicts with the current state. The message may be shown to the caller."""


class DatabaseBusy(DatabaseUnavailable):
    """Others use all connections, or write to SQLite, and waiting took too long. Nothing was changed."""


class ConcurrentChange(DatabaseUnavailable):
    """Others are changing the same data, and waiting for them or trying again did not help. Nothing was changed."""

    def __init__(self, message: str, *, can_retry: bool = False) -> None:
        """`can_retry`: the database chose this transaction to give way, so the same work may succeed immediately."""
        self.can_retry = can_retry
        super().__init__(message)


class OutcomeUnknown(DatabaseUnavailable):
    """The confirmation of a change was lost: all of it was made, or nothing."""


class ConstraintViolated(Conflict):
    """The database refused a change that would break one of its rules, which `constraint` names if it is known.

    Where a use case can cause this, its repository raises an error of its own instead.
    """

    def __init__(self, constraint: str | None) -> None:
        self.constraint = constraint
        super().__init__("the change contradicts what is stored")


class ValueOutOfRange(InvalidInput):
    """The database has no room for a value: it is too long, too large, or no number."""


class NoSuchObject(CrossrateError):
    """The object does not exist or belongs to another user; the message does not say which."""


class TooManyRequests(CrossrateError):
    """The caller must wait `retry_after_seconds` before the next request."""

    def __init__(self, message: str, retry_after_seconds: float) -> None:
        self.retry_after_seconds = retry_after_seconds
        super().__init__(message)
