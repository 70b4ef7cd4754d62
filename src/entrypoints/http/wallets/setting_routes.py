"""`PATCH /api/v1/me`: the caller's settings."""

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field

from application.ports.rate_limiter import Group
from application.wallets.set_default_to import set_default_to
from domain.currency import Currency
from domain.wallets.errors import UnknownCurrency
from entrypoints.http.identity.schemas import Account
from entrypoints.http.rates.fields import CurrencyField
from entrypoints.http.rates.problems import UNAVAILABLE
from entrypoints.http.server.access.guard import SignedIn
from entrypoints.http.server.app_keys import CONTAINER
from entrypoints.http.server.endpoint import Endpoint
from entrypoints.http.server.json_response import json_response
from entrypoints.http.server.request_body import request_in_body
from entrypoints.http.wallets import examples
from entrypoints.http.wallets.change import changed_once
from entrypoints.http.wallets.problems import unknown_currency


class SettingsChange(BaseModel):
    """The settings to change."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    default_to: CurrencyField | None = Field(
        description="Currency in which wallets are valued where a request has no `to`; null for USD.", examples=["EUR"]
    )


async def patch_me(request: web.Request) -> web.Response:
    """Change the caller's settings."""
    code: Currency | None = (await request_in_body(request, SettingsChange)).default_to
    if code is not None:
        try:
            await request.app[CONTAINER].wallets().check_currency()(code)
        except UnknownCurrency as error:
            raise unknown_currency("default_to", error) from error
    return await changed_once(
        request,
        lambda unit, user, _: set_default_to(unit, user, code),
        lambda user: json_response(Account.of(user)),
    )


PATCH_ME = Endpoint(
    method="PATCH",
    path="/api/v1/me",
    handler=patch_me,
    tag="Account and keys",
    access=SignedIn(Group.ACCOUNT),
    id="changeSettings",
    summary="Change the signed-in user's settings",
    body=SettingsChange,
    body_examples=examples.SETTINGS,
    answer=Account,
    answer_examples=examples.ACCOUNT,
    problems=(UNAVAILABLE,),
    writes=True,
)

ENDPOINTS = (PATCH_ME,)
