"""The signed-in user's own API keys."""

from functools import partial

from aiohttp import web

from application.ports.rate_limiter import Group
from entrypoints.http.identity import examples
from entrypoints.http.identity.paths import ID
from entrypoints.http.identity.schemas import ApiKeyList, ApiKeyRequest, NewApiKey, RevokedAnswer
from entrypoints.http.server.access.guard import SignedIn
from entrypoints.http.server.app_keys import CALLER, CONTAINER
from entrypoints.http.server.common_problems import CONFLICT, NOT_FOUND
from entrypoints.http.server.endpoint import Endpoint
from entrypoints.http.server.idempotency import KeyUse, answered_once
from entrypoints.http.server.json_response import json_response
from entrypoints.http.server.path_ids import id_in_path
from entrypoints.http.server.rate_limiting import address_of
from entrypoints.http.server.request_body import request_in_body

_own = partial(Endpoint, tag="Account and keys", access=SignedIn(Group.ACCOUNT))


async def post_api_key(request: web.Request) -> web.Response:
    """Create a key, and show its secret this once."""
    asked = await request_in_body(request, ApiKeyRequest)
    create = partial(
        request.app[CONTAINER].identity().create_api_key(),
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
    identity = request.app[CONTAINER].identity()
    return json_response(ApiKeyList.of(await identity.list_api_keys()(user=request[CALLER].user)))


GET_API_KEYS = _own(
    method="GET",
    path="/api/v1/api-keys",
    handler=get_api_keys,
    id="apiKeys",
    summary="List the API keys",
    answer=ApiKeyList,
    answer_examples=examples.KEYS,
)


async def delete_api_keys(request: web.Request) -> web.Response:
    """Delete all of the caller's keys."""
    identity = request.app[CONTAINER].identity()
    revoked = await identity.revoke_api_keys().every(user=request[CALLER].user, address=address_of(request))
    return json_response(RevokedAnswer.of(revoked))


DELETE_API_KEYS = _own(
    method="DELETE",
    path="/api/v1/api-keys",
    handler=delete_api_keys,
    id="deleteApiKeys",
    summary="Delete all API keys, which invalidates them",
    answer=RevokedAnswer,
    answer_examples=examples.REVOKED,
    writes=True,
)


async def delete_api_key(request: web.Request) -> web.Response:
    """Delete one of the caller's keys."""
    identity = request.app[CONTAINER].identity()
    await identity.revoke_api_keys().one(
        user=request[CALLER].user, key_id=id_in_path(request, "id", "key"), address=address_of(request)
    )
    return web.Response(status=204)


DELETE_API_KEY = _own(
    method="DELETE",
    path="/api/v1/api-keys/{id}",
    handler=delete_api_key,
    id="deleteApiKey",
    summary="Delete an API key, which invalidates it",
    path_parameters=ID,
    answer=None,
    status=204,
    problems=(NOT_FOUND,),
    writes=True,
)

ENDPOINTS = (POST_API_KEY, GET_API_KEYS, DELETE_API_KEYS, DELETE_API_KEY)
