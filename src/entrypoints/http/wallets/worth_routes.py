"""`/currencies_converted`: what wallets are worth."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from aiohttp import web

from application.wallets.value_wallets import WalletWorth, WorthQuery, default_to
from domain.identity.user import User
from domain.rates.book import RateType
from domain.wallets.errors import UnknownCurrency
from entrypoints.http.rates.batch_routes import LINES_PER_REQUEST
from entrypoints.http.server.answer import JsonAnswer
from entrypoints.http.server.app_keys import CALLER, CONTAINER
from entrypoints.http.server.common_problems import NOT_FOUND, FieldError, invalid_input
from entrypoints.http.server.rate_limiting import count_as
from entrypoints.http.server.request_query import request_in_query
from entrypoints.http.wallets import examples
from entrypoints.http.wallets.change import READ, wallets_endpoint
from entrypoints.http.wallets.fields import NAME_PARAMETER
from entrypoints.http.wallets.problems import unknown_currency
from entrypoints.http.wallets.queries import WorthQueryFields
from entrypoints.http.wallets.routes import name_in_path
from entrypoints.http.wallets.worth_schemas import (
    TotalWorthAnswer,
    WalletWorthAnswer,
    total_worth_body,
    wallet_worth_body,
)

_ABOUT = (
    "All lines are at one snapshot of each exchange. A price that is missing is never 0 or 1: its line is `unpriced`. "
    "An API key needs `wallets:read`."
)


async def get_wallet_worth(request: web.Request) -> web.StreamResponse:
    """Answer with the worth of one wallet."""
    asked = _asked(request)
    value = request.app[CONTAINER].wallets().value_wallets()
    user = request[CALLER].user
    with _naming_to():
        worth = await value.named(user, name_in_path(request), _query(asked, user))
    await _count_lines(request, [worth])
    return JsonAnswer(await wallet_worth_body(worth, asked.rate_type, include_route=asked.include_route))


GET_WALLET_WORTH = wallets_endpoint(
    method="GET",
    path="/api/v1/wallets/{name}/currencies_converted",
    handler=get_wallet_worth,
    access=READ,
    id="walletWorth",
    summary="Show what a wallet is worth",
    description=_ABOUT,
    path_parameters=NAME_PARAMETER,
    query=WorthQueryFields,
    answer=WalletWorthAnswer,
    answer_examples=examples.WALLET_WORTH,
    problems=(NOT_FOUND,),
)


async def get_worth(request: web.Request) -> web.StreamResponse:
    """Answer with the worth of all wallets."""
    asked, user = _asked(request), request[CALLER].user
    with _naming_to():
        worth = await request.app[CONTAINER].wallets().value_wallets().all(user, _query(asked, user))
    await _count_lines(request, worth.wallets)
    return JsonAnswer(await total_worth_body(worth, asked.rate_type, include_route=asked.include_route))


GET_WORTH = wallets_endpoint(
    method="GET",
    path="/api/v1/currencies_converted",
    aliases=("/api/v1/currencies_convertes",),
    handler=get_worth,
    access=READ,
    id="worth",
    summary="Show what all wallets are worth, each and together",
    description=f"Also at `/currencies_convertes`. {_ABOUT}",
    query=WorthQueryFields,
    answer=TotalWorthAnswer,
    answer_examples=examples.TOTAL_WORTH,
)

ENDPOINTS = (GET_WALLET_WORTH, GET_WORTH)


@contextmanager
def _naming_to() -> Iterator[None]:
    try:
        yield
    except UnknownCurrency as error:
        raise unknown_currency("to", error) from error


async def _count_lines(request: web.Request, wallets: Sequence[WalletWorth]) -> None:
    """Count as many requests as a batch of so many lines."""
    lines = sum(len(each.valuation.lines) for each in wallets)
    await count_as(request, -(-lines // LINES_PER_REQUEST))


def _asked(request: web.Request) -> WorthQueryFields:
    asked = request_in_query(request, WorthQueryFields)
    if asked.at is not None and asked.at >= int(request.app[CONTAINER].wallets().clock().now()):
        raise invalid_input([FieldError("at", "must be in the past")])
    if asked.at is not None and asked.rate_type is RateType.EXECUTABLE:
        raise invalid_input([FieldError("rate_type", "must be mid with `at`: recorded rates are mid rates")])
    return asked


def _query(asked: WorthQueryFields, user: User) -> WorthQuery:
    is_usual_age = asked.at is not None and "cache_max_seconds" not in asked.model_fields_set
    return WorthQuery(
        to=asked.to or default_to(user),
        cache_max_seconds=None if is_usual_age else asked.cache_max_seconds,
        rate_type=asked.rate_type,
        exchange=asked.exchange,
        at=asked.at,
    )
