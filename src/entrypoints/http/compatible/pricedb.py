"""`/api/v1/pricedb`: rates of chosen pairs as a price database of plain text accounting."""

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from application.ports.rate_limiter import Group
from domain.identity.api_key import Scope
from entrypoints.http.compatible.price_directives import LedgerFormat, directive
from entrypoints.http.compatible.priced_pairs import priced_pairs
from entrypoints.http.rates.problems import NO_ROUTE, UNAVAILABLE
from entrypoints.http.rates.stream_requests import PairsField
from entrypoints.http.server.access.guard import AsConfigured
from entrypoints.http.server.access.problems import OVERLOADED
from entrypoints.http.server.caching import revalidated
from entrypoints.http.server.endpoint import Endpoint, OtherAnswer
from entrypoints.http.server.long_answers import made_in_turns
from entrypoints.http.server.request_query import request_in_query

_HEADERS = {"Content-Type": "text/plain; charset=utf-8"}


class PriceDbQuery(BaseModel):
    """Which prices, and for which program."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    pairs: PairsField = Field(
        description="Up to 100 pairs, separated by commas; a price is that of one base in units of the quote.",
        examples=["BTC/USD,EUR/USD"],
    )
    format: LedgerFormat = Field(LedgerFormat.LEDGER, description="Whose directives: `P` lines, or `price`.")


async def get_price_db(request: web.Request) -> web.Response:
    """Answer with a line for each pair, in the order asked."""
    asked = request_in_query(request, PriceDbQuery)
    priced = await priced_pairs(request, asked.pairs)
    lines = await made_in_turns(request.app, priced, lambda each: directive(each, asked.format))
    return revalidated(request, "".join(f"{line}\n" for line in lines).encode(), _HEADERS)


ENDPOINTS = (
    Endpoint(
        method="GET",
        path="/api/v1/pricedb",
        handler=get_price_db,
        id="priceDb",
        tag="For other programs",
        summary="List the rates of some pairs as a price database of Ledger, hledger or Beancount",
        description="Mid rates, at prices up to 60 seconds old, dated in UTC. A rate limit counts 20 pairs as one "
        "request.",
        access=AsConfigured(Scope.CONVERT, Group.CONVERT),
        query=PriceDbQuery,
        answer=OtherAnswer(
            "A line per pair, in the order asked; one without a rate is a comment that says why.",
            "text/plain",
            "string",
        ),
        is_revalidated=True,
        problems=(NO_ROUTE, UNAVAILABLE, OVERLOADED),
    ),
)
