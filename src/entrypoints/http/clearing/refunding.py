"""`/api/v1/admin/orders/{id}/refund`: an administrator gives the money of an order back."""

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from entrypoints.http.clearing.routes import admin_endpoint
from entrypoints.http.clearing.schemas import ReasonField
from entrypoints.http.orders.examples import REFUNDED
from entrypoints.http.orders.schemas import OrderAnswer
from entrypoints.http.server.app_keys import CALLER, CONTAINER
from entrypoints.http.server.common_problems import CONFLICT, NOT_FOUND
from entrypoints.http.server.example import Examples, example
from entrypoints.http.server.json_response import json_response
from entrypoints.http.server.path_ids import id_in_path
from entrypoints.http.server.rate_limiting import address_of
from entrypoints.http.server.request_body import request_in_body


class RefundRequest(BaseModel):
    """Why an order is refunded."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reason: ReasonField = Field(description="The buyer reads it.", examples=["more than we can buy"])


_EXAMPLE: Examples = {"refund": example("An order", {"reason": "more than we can buy"})}


async def post_refund(request: web.Request) -> web.Response:
    """Refund an order."""
    asked = await request_in_body(request, RefundRequest)
    refund = request.app[CONTAINER].clearing_administration().refund_order()
    order = await refund(request[CALLER].user, id_in_path(request, "id", "order"), asked.reason, address_of(request))
    return json_response(OrderAnswer.of(order), shows_none=True)


POST_REFUND = admin_endpoint(
    method="POST",
    path="/api/v1/admin/orders/{id}/refund",
    handler=post_refund,
    id="refundOrder",
    summary="Refund an order that waits",
    description="One that is queued, or in a batch of which nothing was or can be bought. What it has got "
    "stays with the buyer.",
    path_parameters={"id": {"type": "string", "format": "uuid"}},
    body=RefundRequest,
    body_examples=_EXAMPLE,
    answer=OrderAnswer,
    answer_examples=REFUNDED,
    problems=(NOT_FOUND, CONFLICT),
    writes=True,
)

ENDPOINTS = (POST_REFUND,)
