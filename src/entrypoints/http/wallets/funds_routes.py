"""`/api/v1/currency` and `/api/v1/transfers`: currencies of wallets, and moving money."""

from dataclasses import replace

from aiohttp import web

from application.wallets.add_currency import add_currency
from application.wallets.move_funds import move_funds
from application.wallets.transfer_funds import transfer_funds
from domain.currency import Currency
from domain.wallets.errors import CurrencyNotChecked, UnknownCurrency
from entrypoints.http.rates.problems import UNAVAILABLE
from entrypoints.http.server.access.problems import PASSWORD_NEEDED
from entrypoints.http.server.app_keys import CALLER, CONTAINER
from entrypoints.http.server.common_problems import CONFLICT, NOT_FOUND
from entrypoints.http.server.idempotency import KeyUse
from entrypoints.http.server.json_response import json_response
from entrypoints.http.server.path_ids import id_in_path
from entrypoints.http.server.request_body import request_in_body
from entrypoints.http.wallets import examples
from entrypoints.http.wallets.change import WRITE, changed_once, require_key, wallets_endpoint
from entrypoints.http.wallets.fields import id_parameter
from entrypoints.http.wallets.problems import INSUFFICIENT_FUNDS
from entrypoints.http.wallets.schemas import (
    CurrencyAfter,
    CurrencyRequest,
    FundsRequest,
    TransferAnswer,
    TransferRequest,
)


async def post_currency(request: web.Request) -> web.Response:
    """Add a currency to a wallet."""
    asked = await request_in_body(request, CurrencyRequest)
    if asked.amount:
        require_key(request)
    refusal = await _refusal_of(request, asked.code)
    return await changed_once(
        request,
        lambda unit, user, now: add_currency(
            unit, user, asked.wallet_id, asked.code, asked.amount, now, refusal=refusal
        ),
        lambda moved: json_response(CurrencyAfter.after(moved), status=201),
    )


POST_CURRENCY = wallets_endpoint(
    method="POST",
    path="/api/v1/currency",
    handler=post_currency,
    access=WRITE,
    id="addCurrency",
    summary="Add a currency to a wallet, and deposit some of it",
    description="At most 500 in a wallet. With an amount other than 0, an `Idempotency-Key` is required. An API key "
    "needs `wallets:write`.",
    body=CurrencyRequest,
    body_examples=examples.NEW_CURRENCY,
    answer=CurrencyAfter,
    answer_examples=examples.FUNDS,
    status=201,
    problems=(NOT_FOUND, CONFLICT, UNAVAILABLE),
    idempotency_key=KeyUse.ACCEPTED,
    writes=True,
)


async def post_funds(request: web.Request) -> web.Response:
    """Add funds to a currency, or withdraw some."""
    currency_id = id_in_path(request, "currency_id", "currency in a wallet")
    asked = await request_in_body(request, FundsRequest)
    large_withdrawals = request.app[CONTAINER].wallets().large_withdrawals()
    return await changed_once(
        request,
        lambda unit, _, now: move_funds(unit, request[CALLER], currency_id, asked.amount, now, large_withdrawals),
        lambda moved: json_response(CurrencyAfter.after(moved)),
        locks=currency_id,
    )


POST_FUNDS = wallets_endpoint(
    method="POST",
    path="/api/v1/currency/add_or_withdraw_funds/{currency_id}",
    handler=post_funds,
    access=WRITE,
    id="addOrWithdrawFunds",
    summary="Add funds, or withdraw some",
    description="Also as PATCH. An API key needs `wallets:write`. Where the service says so, a large withdrawal takes "
    "the password, given within the last 5 minutes.",
    path_parameters=id_parameter("currency_id"),
    body=FundsRequest,
    body_examples=examples.FUNDS_TO_MOVE,
    answer=CurrencyAfter,
    answer_examples=examples.FUNDS,
    problems=(NOT_FOUND, CONFLICT, INSUFFICIENT_FUNDS, PASSWORD_NEEDED),
    idempotency_key=KeyUse.REQUIRED,
    writes=True,
)
PATCH_FUNDS = replace(
    POST_FUNDS, method="PATCH", id="addOrWithdrawFundsByPatch", repeats=POST_FUNDS.id, description="As POST does."
)


async def post_transfer(request: web.Request) -> web.Response:
    """Move funds from one wallet to another."""
    asked = await request_in_body(request, TransferRequest)
    return await changed_once(
        request,
        lambda unit, user, now: transfer_funds(
            unit, user, asked.from_currency_id, asked.to_currency_id, asked.amount, now
        ),
        lambda transferred: json_response(TransferAnswer.of(transferred)),
        locks=frozenset({asked.from_currency_id, asked.to_currency_id}),
    )


POST_TRANSFER = wallets_endpoint(
    method="POST",
    path="/api/v1/transfers",
    handler=post_transfer,
    access=WRITE,
    id="transfer",
    summary="Move funds between two of one's own wallets",
    description="The same currency in both. An API key needs `wallets:write`.",
    body=TransferRequest,
    body_examples=examples.TRANSFER,
    answer=TransferAnswer,
    answer_examples=examples.TRANSFERRED,
    problems=(NOT_FOUND, CONFLICT, INSUFFICIENT_FUNDS),
    idempotency_key=KeyUse.REQUIRED,
    writes=True,
)

ENDPOINTS = (POST_CURRENCY, POST_FUNDS, PATCH_FUNDS, POST_TRANSFER)


async def _refusal_of(request: web.Request, code: Currency) -> Exception | None:
    """Return why the code is none. It is raised only where the request was not answered before."""
    try:
        await request.app[CONTAINER].wallets().check_currency()(code)
    except (UnknownCurrency, CurrencyNotChecked) as error:
        return error
    return None
