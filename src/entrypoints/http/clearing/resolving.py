"""`/api/v1/admin/batches/{id}/resolve`: an administrator decides what became of a purchase."""

from decimal import Decimal
from typing import Annotated

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from application.orders.administer_clearing import BatchView
from application.orders.resolve_batch import Decision
from domain.orders.venue_order import Fill
from entrypoints.http.clearing.routes import admin_endpoint
from entrypoints.http.clearing.schemas import BatchSchema, ReasonField
from entrypoints.http.rates.fields import AmountField, CurrencyField
from entrypoints.http.server.access.problems import PASSWORD_NEEDED
from entrypoints.http.server.app_keys import CALLER, CONTAINER
from entrypoints.http.server.common_problems import CONFLICT, NOT_FOUND
from entrypoints.http.server.example import Examples, example
from entrypoints.http.server.json_response import json_response
from entrypoints.http.server.path_ids import id_in_path
from entrypoints.http.server.rate_limiting import address_of
from entrypoints.http.server.request_body import request_in_body

MAX_FILLS = 1000


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class FillRequest(_Request):
    """A trade of the order, as the venue shows it."""

    trade_id: Annotated[str, StringConstraints(strict=True, min_length=1, max_length=64)] = Field(examples=["28457"])
    price: AmountField = Field(description="In `clear_with` per unit.", examples=["68012.1"])
    quantity: AmountField = Field(examples=["0.5"])
    fee: AmountField = Field(Decimal(0), examples=["0.0005"])
    fee_asset: CurrencyField = Field(examples=["BTC"])

    def fill(self) -> Fill:
        """Return the trade."""
        return Fill(self.trade_id, self.price, self.quantity, self.fee, self.fee_asset)


class ResolveRequest(_Request):
    """What became of the last attempt of a batch."""

    fills: list[FillRequest] = Field(
        description="All trades of the order. Empty: it was not executed, and never will be.", max_length=MAX_FILLS
    )
    reason: ReasonField = Field(description="How you know.", examples=["seen on the venue's web page"])


_EXAMPLES: Examples = {
    "executed": example(
        "It was executed",
        {
            "fills": [
                {"trade_id": "28457", "price": "68012.1", "quantity": "0.5", "fee": "0.0005", "fee_asset": "BTC"}
            ],
            "reason": "seen on the venue's web page",
        },
    ),
    "not_executed": example("It never was", {"fills": [], "reason": "the venue has no such order"}),
}


async def post_resolve(request: web.Request) -> web.Response:
    """Resolve a batch."""
    asked = await request_in_body(request, ResolveRequest)
    decision = Decision([each.fill() for each in asked.fills], asked.reason)
    resolve = request.app[CONTAINER].clearing_administration().resolve_batch()
    batch = await resolve(request[CALLER], id_in_path(request, "id", "batch"), decision, address_of(request))
    return json_response(BatchSchema.of(BatchView(batch, ())))


POST_RESOLVE = admin_endpoint(
    method="POST",
    path="/api/v1/admin/batches/{id}/resolve",
    handler=post_resolve,
    id="resolveBatch",
    summary="Decide about a batch whose outcome could not be found out",
    description="Look the order up at the venue first, by the client order id of the last attempt. What you say is put "
    "into the books. Takes the administrator's password, given in this session within the last 5 minutes.",
    path_parameters={"id": {"type": "string", "format": "uuid"}},
    body=ResolveRequest,
    body_examples=_EXAMPLES,
    answer=BatchSchema,
    problems=(NOT_FOUND, CONFLICT, PASSWORD_NEEDED),
    writes=True,
)

ENDPOINTS = (POST_RESOLVE,)
