"""The signed-in user's own account."""

from functools import partial

from aiohttp import web

from application.ports.rate_limiter import Group
from domain.identity.errors import UnsuitablePassword, WrongPassword
from entrypoints.http.identity import examples
from entrypoints.http.identity.schemas import (
    Account,
    AccountDeletion,
    Confirmed,
    PasswordChange,
    PasswordConfirmation,
    RevokedAnswer,
)
from entrypoints.http.server.access.guard import SignedIn
from entrypoints.http.server.access.problems import PASSWORD_NEEDED
from entrypoints.http.server.app_keys import CALLER, CONTAINER
from entrypoints.http.server.common_problems import CONFLICT, FieldError, invalid_input
from entrypoints.http.server.endpoint import Endpoint
from entrypoints.http.server.json_response import json_response
from entrypoints.http.server.rate_limiting import address_of
from entrypoints.http.server.request_body import request_in_body, request_in_body_or_none

_own = partial(Endpoint, tag="Account and keys", access=SignedIn(Group.ACCOUNT))


async def get_me(request: web.Request) -> web.Response:
    """Answer with the caller's account."""
    return json_response(Account.of(request[CALLER].user))


GET_ME = _own(
    method="GET",
    path="/api/v1/me",
    handler=get_me,
    id="me",
    summary="Show the signed-in user",
    answer=Account,
    answer_examples=examples.ACCOUNT,
)


async def delete_me(request: web.Request) -> web.Response:
    """Delete the caller's account."""
    asked = await request_in_body_or_none(request, AccountDeletion)
    identity = request.app[CONTAINER].identity()
    await identity.delete_account()(caller=request[CALLER], password=asked.password, address=address_of(request))
    return web.Response(status=204)


DELETE_ME = _own(
    method="DELETE",
    path="/api/v1/me",
    handler=delete_me,
    id="deleteMe",
    summary="Delete the account and everything that belongs to it",
    description="Takes the password: in the body, or given in this session within the last 5 minutes. A 409 says that "
    "there is still money in a wallet, or that an order holds some.",
    body=AccountDeletion,
    body_examples=examples.ACCOUNT_DELETION,
    is_body_required=False,
    answer=None,
    status=204,
    problems=(PASSWORD_NEEDED, CONFLICT),
    writes=True,
)


async def post_password(request: web.Request) -> web.Response:
    """Change the caller's password."""
    asked = await request_in_body(request, PasswordChange)
    identity = request.app[CONTAINER].identity()
    try:
        revoked = await identity.change_password()(
            caller=request[CALLER],
            old=asked.old,
            new=asked.new,
            keeps_api_keys=asked.keep_api_keys,
            address=address_of(request),
        )
    except WrongPassword as error:
        raise invalid_input([FieldError("old", str(error))]) from error
    except UnsuitablePassword as error:
        raise invalid_input([FieldError("new", str(error))]) from error
    return json_response(RevokedAnswer.of(revoked))


POST_PASSWORD = _own(
    method="POST",
    path="/api/v1/me/password",
    handler=post_password,
    id="changePassword",
    summary="Change the password",
    description="Ends the user's other sessions and deletes the API keys, unless `keep_api_keys` is true: whoever knew "
    "the old password may have made some. After 5 wrong passwords within 15 minutes, the session may try no more for a "
    "while.",
    body=PasswordChange,
    body_examples=examples.PASSWORD_CHANGE,
    answer=RevokedAnswer,
    answer_examples=examples.REVOKED,
    writes=True,
)


async def post_confirm(request: web.Request) -> web.Response:
    """Accept the caller's password, for what takes a recent one."""
    asked = await request_in_body(request, PasswordConfirmation)
    identity = request.app[CONTAINER].identity()
    until = await identity.confirm_password()(
        caller=request[CALLER], password=asked.password, address=address_of(request)
    )
    return json_response(Confirmed(recent_until=int(until)))


POST_CONFIRM = _own(
    method="POST",
    path="/api/v1/me/confirm",
    handler=post_confirm,
    id="confirmPassword",
    summary="Give the password again, for what cannot be undone",
    description="For 5 minutes this session may do what answers 403 `password-needed` otherwise. Signing in does "
    "the same. After 5 wrong passwords within 15 minutes, the session may try no more for a "
    "while.",
    body=PasswordConfirmation,
    body_examples=examples.PASSWORD_CONFIRMATION,
    answer=Confirmed,
    answer_examples=examples.CONFIRMED,
    writes=True,
)

ENDPOINTS = (GET_ME, DELETE_ME, POST_PASSWORD, POST_CONFIRM)
