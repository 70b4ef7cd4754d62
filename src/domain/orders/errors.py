"""Errors of purchase orders and of the venues at which they are cleared."""

from domain.errors import CrossrateError


class BrokerError(CrossrateError):
    """A venue did not do what it was asked. `code` is the venue's own, for the operator."""

    def __init__(self, message: str, code: str | None = None) -> None:
        self.code = code
        super().__init__(message)


class BrokerUnavailable(BrokerError):
    """A question (never a placement) got no answer: the venue is down, slow, or asks for fewer requests."""


class OrderRefused(BrokerError):
    """The venue decided against the order: it was not executed and never will be."""


class PlacementUnknown(BrokerError):
    """Whether the venue has the order is not known; only `Broker.find` can tell."""


class NotTradable(BrokerError):
    """The venue does not trade this pair now."""
