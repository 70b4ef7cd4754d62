"""What an administrator sees and revokes of a user. Revoking takes the administrator's password, given lately."""

from functools import partial

from aiohttp import web

from application.ports.rate_limiter import Group
from domain.identity.user import User
from entrypoints.http.identity import examples
from entrypoints.http.identity.paths import ID, NAME, name_in_path
from entrypoints.http.identity.schemas import ApiKeyList, RevokedAnswer, SessionList
from entrypoints.http.server.access.guard import AsAdmin
from entrypoints.http.server.access.problems import PASSWORD_NEEDED
from entrypoints.http.server.app_keys import CALLER, CONTAINER
from entrypoints.http.server.common_problems import NOT_FOUND
from entrypoints.http.server.endpoint import Endpoint
from entrypoints.http.server.json_response import json_response
from entrypoints.http.server.path_ids import id_in_path
from entrypoints.http.server.rate_limiting import address_of

_reading = partial(
    Endpoint,
    method="GET",
    tag="Administration",
    access=AsAdmin(Group.ACCOUNT),
    path_parameters=NAME,
    problems=(NOT_FOUND,),
)
_revoking = partial(
    Endpoint,
    method="DELETE",
    tag="Administration",
    access=AsAdmin(Group.ACCOUNT),
    description="Takes the administrator's password, given in this session within the last 5 minutes.",
    problems=(NOT_FOUND, PASSWORD_NEEDED),
    writes=True,
)


async def get_user_sessions(request: web.Request) -> web.Response:
    """List where a user is signed in."""
    identity = request.app[CONTAINER].identity()
    sessions = await identity.list_sessions()(user=await _user(request))
    return json_response(SessionList.of(sessions, request[CALLER].session_id))


GET_USER_SESSIONS = _reading(
    path="/api/v1/users/{username}/sessions",
    handler=get_user_sessions,
    id="userSessions",
    summary="List where a user is signed in",
    answer=SessionList,
    answer_examples=examples.SESSIONS,
)


async def delete_user_sessions(request: web.Request) -> web.Response:
    """End all sessions of a user."""
    user = await _user(request)
    revoked = (
        await request.app[CONTAINER]
        .identity()
        .revoke_sessions()
        .every(user=user, address=address_of(request), admin=request[CALLER])
    )
    return json_response(RevokedAnswer.of(revoked))


DELETE_USER_SESSIONS = _revoking(
    path="/api/v1/users/{username}/sessions",
    handler=delete_user_sessions,
    id="endUserSessions",
    summary="Sign a user out everywhere",
    path_parameters=NAME,
    answer=RevokedAnswer,
    answer_examples=examples.REVOKED,
)


async def delete_user_session(request: web.Request) -> web.Response:
    """End a session of a user."""
    user = await _user(request)
    await (
        request.app[CONTAINER]
        .identity()
        .revoke_sessions()
        .one(
            user=user,
            session_id=id_in_path(request, "id", "session"),
            address=address_of(request),
            admin=request[CALLER],
        )
    )
    return web.Response(status=204)


DELETE_USER_SESSION = _revoking(
    path="/api/v1/users/{username}/sessions/{id}",
    handler=delete_user_session,
    id="endUserSession",
    summary="End a session of a user",
    path_parameters=NAME | ID,
    answer=None,
    status=204,
)


async def get_user_api_keys(request: web.Request) -> web.Response:
    """List the API keys of a user."""
    identity = request.app[CONTAINER].identity()
    return json_response(ApiKeyList.of(await identity.list_api_keys()(user=await _user(request))))


GET_USER_API_KEYS = _reading(
    path="/api/v1/users/{username}/api-keys",
    handler=get_user_api_keys,
    id="userApiKeys",
    summary="List the API keys of a user",
    answer=ApiKeyList,
    answer_examples=examples.KEYS,
)


async def delete_user_api_keys(request: web.Request) -> web.Response:
    """Delete all API keys of a user."""
    user = await _user(request)
    revoked = (
        await request.app[CONTAINER]
        .identity()
        .revoke_api_keys()
        .every(user=user, address=address_of(request), admin=request[CALLER])
    )
    return json_response(RevokedAnswer.of(revoked))


DELETE_USER_API_KEYS = _revoking(
    path="/api/v1/users/{username}/api-keys",
    handler=delete_user_api_keys,
    id="deleteUserApiKeys",
    summary="Delete all API keys of a user",
    path_parameters=NAME,
    answer=RevokedAnswer,
    answer_examples=examples.REVOKED,
)


async def delete_user_api_key(request: web.Request) -> web.Response:
    """Delete an API key of a user."""
    user = await _user(request)
    await (
        request.app[CONTAINER]
        .identity()
        .revoke_api_keys()
        .one(user=user, key_id=id_in_path(request, "id", "key"), address=address_of(request), admin=request[CALLER])
    )
    return web.Response(status=204)


DELETE_USER_API_KEY = _revoking(
    path="/api/v1/users/{username}/api-keys/{id}",
    handler=delete_user_api_key,
    id="deleteUserApiKey",
    summary="Delete an API key of a user",
    path_parameters=NAME | ID,
    answer=None,
    status=204,
)


async def _user(request: web.Request) -> User:
    return await request.app[CONTAINER].identity().find_user()(username=name_in_path(request))


ENDPOINTS = (
    GET_USER_SESSIONS,
    DELETE_USER_SESSIONS,
    DELETE_USER_SESSION,
    GET_USER_API_KEYS,
    DELETE_USER_API_KEYS,
    DELETE_USER_API_KEY,
)
