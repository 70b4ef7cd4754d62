"""`POST /api/v1/admin/ledger/corrections`: an administrator mends a mistake by its opposite."""

from functools import partial

from aiohttp import web

from application.ports.rate_limiter import Group
from entrypoints.http.ledger import examples
from entrypoints.http.ledger.correction_schemas import CorrectionAnswer, CorrectionRequest
from entrypoints.http.server.access.guard import AsAdmin
from entrypoints.http.server.access.problems import PASSWORD_NEEDED
from entrypoints.http.server.app_keys import CALLER, CONTAINER
from entrypoints.http.server.common_problems import CONFLICT, NOT_FOUND
from entrypoints.http.server.endpoint import Endpoint
from entrypoints.http.server.idempotency import KeyUse, answered_once
from entrypoints.http.server.json_response import json_response
from entrypoints.http.server.rate_limiting import address_of
from entrypoints.http.server.request_body import request_in_body
from entrypoints.http.wallets.problems import INSUFFICIENT_FUNDS


async def post_correction(request: web.Request) -> web.Response:
    """Post the opposite of a transaction."""
    asked = await request_in_body(request, CorrectionRequest)
    correct = partial(
        request.app[CONTAINER].ledger().record_correction(),
        mistake_id=asked.transaction_id,
        reason=asked.reason,
        address=address_of(request),
        admin=request[CALLER],
    )
    return await answered_once(
        request,
        lambda once: correct(once=once),
        lambda posted: json_response(CorrectionAnswer.of(posted), status=201),
    )


POST_CORRECTION = Endpoint(
    method="POST",
    path="/api/v1/admin/ledger/corrections",
    handler=post_correction,
    id="correctTransaction",
    tag="Administration",
    access=AsAdmin(Group.ACCOUNT),
    summary="Correct a transaction by posting its opposite",
    description="Nothing in the ledger is ever changed: the correction is a transaction of its own, which the owner "
    "sees among the entries, with the reason. A transaction is corrected at most once. 409 where its money has been "
    "spent, or where a hold is part of it. Takes the administrator's password, given in this session within the last 5 "
    "minutes.",
    body=CorrectionRequest,
    body_examples=examples.MISTAKE,
    answer=CorrectionAnswer,
    answer_examples=examples.CORRECTION,
    status=201,
    problems=(NOT_FOUND, CONFLICT, INSUFFICIENT_FUNDS, PASSWORD_NEEDED),
    idempotency_key=KeyUse.REQUIRED,
    writes=True,
)

ENDPOINTS = (POST_CORRECTION,)
