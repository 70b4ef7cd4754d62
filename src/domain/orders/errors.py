"""Errors of purchase orders and of the venues at which they are cleared."""

from decimal import Decimal

from domain.decimals import plain
from domain.errors import Conflict, CrossrateError, InvalidInput, NoSuchObject

# Codes of our own: no venue has such ones.
_PASSING = frozenset({"not_sent", "no_price"})


class BrokerError(CrossrateError):
    """A venue did not do what it was asked. `code` is the venue's own, for the operator."""

    def __init__(self, message: str, code: str | None = None) -> None:
        self.code = code
        super().__init__(message)


class BrokerUnavailable(BrokerError):
    """A question (never a placement) got no answer: the venue is down, slow, or asks for fewer requests."""


class OrderRefused(BrokerError):
    """The venue decided against the order, or it was not sent: it was not executed and never will be."""

    @property
    def passes_by_itself(self) -> bool:
        """Whether nothing is wrong with the order: the venue asks for a pause, or has no fresh price now."""
        return self.code in _PASSING


class VenueFundsTooLow(OrderRefused):
    """The venue refused the order because it holds too little of the quote for us."""


class PlacementUnknown(BrokerError):
    """Whether the venue has the order is not known; only `Broker.find` can tell."""


class NotTradable(BrokerError):
    """The venue does not trade this pair now."""


class UnknownWallet(NoSuchObject):
    """The user has no wallet with this name."""


class NoSuchOrder(NoSuchObject):
    """The user has no such order."""


class NotForSale(InvalidInput):
    """The asset cannot be bought here, or not with this currency. `field` is the part of the purchase to change."""

    def __init__(self, message: str, field: str = "buy") -> None:
        self.field = field
        super().__init__(message)


class InvalidPurchase(InvalidInput):
    """Nothing, more than can be counted, or with more decimals than an order may have. `field` says what is."""

    def __init__(self, message: str, field: str = "amount") -> None:
        self.field = field
        super().__init__(message)


class IntakeClosed(CrossrateError):
    """Purchases of the asset are halted, and no new ones are taken meanwhile."""


class SaleChanged(CrossrateError):
    """An administrator has changed the terms of the asset since the price was found."""


class NoFreshPrice(CrossrateError):
    """No exchange gave a price that is new enough to decide about money."""


class PricesDiverge(CrossrateError):
    """Two exchanges price the pair too differently for either price to count."""


class OtherMarketPriced(CrossrateError):
    """The venue would buy at another market of the exchange than the one whose price was found."""


class PriceAboveMax(Conflict):
    """The price is higher than the buyer accepts. `price` is in units of what is paid per unit of what is bought."""

    def __init__(self, price: Decimal) -> None:
        self.price = price
        super().__init__(f"the price is {plain(price)}, which is more than max_price")


class PriceLockNotUsable(Conflict):
    """The price lock has expired, was accepted before, or is for another purchase."""


class NoSuchPriceLock(NoSuchObject):
    """The user has no such price lock."""


class OrderNotCancellable(Conflict):
    """The order is being bought or has ended, so it cannot be cancelled any more."""


class OrderNotRefundable(Conflict):
    """The order has ended, or may be bought right now."""


class InvalidClearingAsset(InvalidInput):
    """The terms on which an asset would be bought do not work. `field` says which."""

    def __init__(self, message: str, field: str) -> None:
        self.field = field
        super().__init__(message)


class UnknownPosition(InvalidInput):
    """A page would begin after an order or a batch that there is not."""


class ClearingAssetInUse(Conflict):
    """Orders of the asset wait, so it must go on being cleared with what they were priced in."""


class BatchNotStuck(Conflict):
    """Nobody has to decide about the batch, or somebody is about to."""


class InvalidFills(InvalidInput):
    """These cannot be the trades of the order."""


class NoSuchBatch(NoSuchObject):
    """There is no such batch."""


class ClaimLost(CrossrateError):
    """Another worker has taken the batch over, so what this one was about to store does not count."""


class FillBelongsToAnotherBatch(CrossrateError):
    """A venue's trade was counted before, for another batch: two would be settled with it."""
