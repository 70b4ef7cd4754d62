"""Rates of chosen pairs for spreadsheets and ledgers, which ask by an address alone."""

from collections.abc import Sequence
from typing import NamedTuple

from aiohttp import web

from application.rates.batch import Outcome
from domain.errors import CrossrateError
from domain.pair import Pair
from domain.rates.book import RateType
from domain.rates.conversion import Conversion
from domain.rates.errors import NotAllAnswered, NotOffered
from entrypoints.http.compatible.live_table import live_conversions


class PricedPair(NamedTuple):
    """A pair with its conversion, or with the reason that it has none."""

    pair: Pair
    outcome: Outcome

    @property
    def reason(self) -> str | None:
        """Why there is no rate."""
        error = self.outcome
        if isinstance(error, Conversion):
            return None
        if isinstance(error, NotOffered):
            return "; ".join(f"{source}: {text}" for source, text in error.reasons.items()) or str(error)
        return str(error) if isinstance(error, NotAllAnswered) else "cannot be converted"


async def priced_pairs(
    request: web.Request, pairs: Sequence[Pair], rate_type: RateType = RateType.MID
) -> list[PricedPair]:
    """Return the pairs in their order. Raises what a conversion raises if none has a rate."""
    outcomes = await live_conversions(request, [(pair.base, pair.quote) for pair in pairs], rate_type)
    if not any(isinstance(each, Conversion) for each in outcomes):
        raise next(each for each in outcomes if isinstance(each, CrossrateError))
    return [PricedPair(pair, outcome) for pair, outcome in zip(pairs, outcomes, strict=True)]
