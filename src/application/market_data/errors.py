"""Errors of coordination between the processes that share market data."""

from domain.errors import CrossrateError


class LockUnavailable(CrossrateError):
    """The server of the locks is unavailable. No conversion fails for this: the process continues alone."""
