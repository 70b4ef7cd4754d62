"""The signed-in user's own account and API keys."""

from functools import partial
from uuid import UUID

from aiohttp import web

from application.ports.rate_limiter import Group
from domain.errors import NoSuchObject
from entrypoints.http.identity import examples
from entrypoints.http.identity.schemas import Account, ApiKeyList, ApiKeyRequest, NewApiKey, PasswordChange
from entrypoints.http.server.access.guard import SignedIn
from entrypoints.http.server.app_keys import CALLER, IDENTITY
from entrypoints.http.server.common_problems import CONFLICT, NOT_FOUND
from entrypoints.http.server.endpoint import Endpoint
from entrypoints.http.server.idempotency import KeyUse, answered_once
from entrypoints.http.server.json_response import json_response
from entrypoints.http.server.rate_limiting import address_of
from entrypoints.http.server.request_body import request_in_body

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
    identity = request.app[IDENTITY]
    await identity.delete_account()(caller=request[CALLER], address=address_of(request))
    return web.Response(status=204)


DELETE_ME = _own(
    method="DELETE",
    path="/api/v1/me",
    handler=delete_me,
    id="deleteMe",
    summary="Delete the account and everything that belongs to it",
    description="A 409 says that there is still money in a wallet.",
    answer=None,
    status=204,
    problems=(CONFLICT,),
    writes=True,
)


async def post_password(request: web.Request) -> web.Response:
    """Change the caller's password."""
    asked = await request_in_body(request, PasswordChange)
    identity = request.app[IDENTITY]
    await identity.change_password()(caller=request[CALLER], old=asked.old, new=asked.new, address=address_of(request))
    return web.Response(status=204)


POST_PASSWORD = _own(
    method="POST",
    path="/api/v1/me/password",
    handler=post_password,
    id="changePassword",
    summary="Change the password",
    description="Ends the user's other sessions. API keys stay valid. After 5 wrong passwords within 15 minutes, the "
    "session may try no more for a while.",
    body=PasswordChange,
    body_examples=examples.PASSWORD_CHANGE,
    answer=None,
    status=204,
    writes=True,
)


async def post_api_key(request: web.Request) -> web.Response:
    """Create a key, and show its secret this once."""
    asked = await request_in_body(request, ApiKeyRequest)
    create = partial(
        request.app[IDENTITY].create_api_key(),
        caller=request[CALLER],
        name=asked.name,
        scopes=frozenset(asked.scopes),
        expires_at=asked.expires_at,
        address=address_of(request),
    )
    return await answered_once(
        request, lambda once: create(once=once), lambda made: json_response(NewApiKey.with_secret(*made), status=201)
    )


POST_API_KEY = _own(
    method="POST",
    path="/api/v1/api-keys",
    handler=post_api_key,
    id="createApiKey",
    summary="Create an API key for a program",
    body=ApiKeyRequest,
    body_examples=examples.NEW_KEYS,
    answer=NewApiKey,
    answer_examples=examples.CREATED_KEY,
    status=201,
    problems=(CONFLICT,),
    idempotency_key=KeyUse.ACCEPTED,
    is_answer_secret=True,
    writes=True,
)


async def get_api_keys(request: web.Request) -> web.Response:
    """List the caller's keys."""
    identity = request.app[IDENTITY]
    return json_response(ApiKeyList.of(await identity.list_api_keys()(caller=request[CALLER])))


GET_API_KEYS = _own(
    method="GET",
    path="/api/v1/api-keys",
    handler=get_api_keys,
    id="apiKeys",
    summary="List the API keys",
    answer=ApiKeyList,
    answer_examples=examples.KEYS,
)


async def delete_api_key(request: web.Request) -> web.Response:
    """Delete one of the caller's keys."""
    try:
        key_id = UUID(request.match_info["id"])
    except ValueError as error:
        raise NoSuchObject("there is no such key") from error
    identity = request.app[IDENTITY]
    await identity.delete_api_key()(caller=request[CALLER], key_id=key_id, address=address_of(request))
    return web.Response(status=204)


DELETE_API_KEY = _own(
    method="DELETE",
    path="/api/v1/api-keys/{id}",
    handler=delete_api_key,
    id="deleteApiKey",
    summary="Delete an API key, which invalidates it",
    path_parameters={"id": {"type": "string", "format": "uuid"}},
    answer=None,
    status=204,
    problems=(NOT_FOUND,),
    writes=True,
)

ENDPOINTS = (GET_ME, DELETE_ME, POST_PASSWORD, POST_API_KEY, GET_API_KEYS, DELETE_API_KEY)
