"""`/api/v1/rates.csv`: rates of chosen pairs, for spreadsheets that read an address (IMPORTDATA, Power Query)."""

from collections.abc import Iterable, Iterator

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from application.ports.rate_limiter import Group
from domain.identity.api_key import Scope
from domain.rates.book import RateType
from domain.rates.conversion import Conversion
from entrypoints.http.compatible.priced_pairs import PricedPair, priced_pairs
from entrypoints.http.rates.problems import NO_ROUTE, UNAVAILABLE
from entrypoints.http.rates.stream_requests import PairsField
from entrypoints.http.server.access.guard import AsConfigured
from entrypoints.http.server.access.problems import OVERLOADED
from entrypoints.http.server.csv_response import Row, csv_response, iso_time
from entrypoints.http.server.endpoint import Endpoint, OtherAnswer
from entrypoints.http.server.format import BomField
from entrypoints.http.server.request_query import request_in_query

COLUMNS = ("pair", "base", "quote", "rate", "exchange", "updated_at", "updated_at_iso", "reason")


class RatesCsvQuery(BaseModel):
    """Which rates a spreadsheet wants."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    pairs: PairsField = Field(
        description="Up to 100 pairs, separated by commas; a rate is that of one base in units of the quote.",
        examples=["BTC/USD,EUR/USD"],
    )
    rate_type: RateType = Field(
        RateType.MID, description="`mid`, or `executable`: what selling one base brings, at the bid."
    )
    bom: BomField = None


async def get_rates_csv(request: web.Request) -> web.Response:
    """Answer with a row for each pair, in the order asked."""
    asked = request_in_query(request, RatesCsvQuery)
    priced = await priced_pairs(request, asked.pairs, asked.rate_type)
    return await csv_response(request, "crossrate-rates", COLUMNS, _rows(priced), bom=asked.bom)


ENDPOINTS = (
    Endpoint(
        method="GET",
        path="/api/v1/rates.csv",
        handler=get_rates_csv,
        id="ratesCsv",
        tag="For other programs",
        summary="List the rates of some pairs as CSV, for spreadsheets",
        description="At prices up to 60 seconds old, all from the same snapshot of each exchange. A rate limit counts "
        "20 pairs as one request.",
        access=AsConfigured(Scope.CONVERT, Group.CONVERT),
        query=RatesCsvQuery,
        answer=OtherAnswer(
            "A header and one row per pair, in the order asked; one without a rate has a `reason` instead.",
            "text/csv",
            "string",
        ),
        is_revalidated=True,
        problems=(NO_ROUTE, UNAVAILABLE, OVERLOADED),
    ),
)


def _rows(priced: Iterable[PricedPair]) -> Iterator[Row]:
    for each in priced:
        ends = (str(each.pair), each.pair.base, each.pair.quote)
        found = each.outcome
        if isinstance(found, Conversion):
            moment = found.updated_at
            yield (*ends, found.rate, found.route.exchange, moment, iso_time(moment), None)
        else:
            yield (*ends, None, None, None, None, each.reason)
