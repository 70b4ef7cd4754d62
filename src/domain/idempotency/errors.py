"""Errors of requests with an idempotency key."""

from domain.errors import CrossrateError, InvalidInput


class InvalidIdempotencyKey(InvalidInput):
    """Empty, too long, or with characters that cannot be printed."""


class KeyReused(CrossrateError):
    """The key belongs to another request. The message may be shown to the caller."""


class KeyInProgress(CrossrateError):
    """Another request with the same key is in progress. The message may be shown to the caller."""
