"""What venues offer for an asset now."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import NamedTuple

from application.orders.batch_step import Clearing
from application.orders.ports.broker import Broker
from domain.orders.clearing_asset import ClearingAsset
from domain.orders.errors import BrokerError, NoFreshPrice, NotForSale, OtherMarketPriced, PricesDiverge
from domain.orders.terms import FirmPrice
from domain.orders.venue_order import MarketRules


class Offer(NamedTuple):
    """A venue that can buy now, with its rules, its ask, and what it holds of the quote for us.

    `time_ms` is its time, for which it was asked at `asked_at`.
    """

    broker: Broker
    rules: MarketRules
    ask: FirmPrice
    funds: Decimal
    time_ms: int
    asked_at: float


class VenueOffers:
    """Asks venues in the order in which the asset names them."""

    def __init__(self, clearing: Clearing) -> None:
        self._clearing = clearing

    async def __call__(
        self, asset: ClearingAsset, reasons: list[str], is_enough: Callable[[Offer], bool], *, skip: int = 0
    ) -> Sequence[Offer]:
        """Return the venues that can buy now, beginning after `skip` of them, up to the first that is enough.

        Say why others cannot.
        """
        offers: list[Offer] = []
        for venue in _rotated(asset.venues, skip):
            offer = await self._offer(asset, venue, reasons)
            offers += [offer] if offer is not None else []
            if offer is not None and is_enough(offer):
                break
        return offers

    async def _offer(self, asset: ClearingAsset, venue: str, reasons: list[str]) -> Offer | None:
        clearing, broker = self._clearing, self._clearing.brokers.get(venue)
        if broker is None:
            reasons.append(f"{venue}: there is no broker")
            return None
        try:
            rules = await broker.rules(asset.pair)
            funds = (await broker.balances()).get(asset.clear_with, Decimal(0))
            ask = await clearing.prices.ask(asset.pair, venue, clearing.clock.now())
            _check_market(rules, ask)
            asked_at = clearing.elapsed()
            time_ms = await broker.time_ms()
        except (BrokerError, NoFreshPrice, PricesDiverge, NotForSale, OtherMarketPriced) as error:
            reasons.append(f"{venue}: {error}")
            return None
        return Offer(broker, rules, ask, funds, time_ms, asked_at)


def _check_market(rules: MarketRules, ask: FirmPrice) -> None:
    """Raise `OtherMarketPriced` where one ticker may have meant two coins: nothing may be bought then."""
    if rules.market is None or ask.symbol is None or rules.market[0] != ask.exchange:
        return
    if rules.market[1] != ask.symbol:
        raise OtherMarketPriced(f"{ask.exchange} priced {ask.symbol}, and would buy {rules.market[1]}")


def _rotated(venues: Sequence[str], by: int) -> Sequence[str]:
    start = by % len(venues)
    return [*venues[start:], *venues[:start]]
