"""The signed-in user's own sessions."""

from functools import partial

from aiohttp import web

from application.ports.rate_limiter import Group
from entrypoints.http.identity import examples
from entrypoints.http.identity.paths import ID
from entrypoints.http.identity.schemas import RevokedAnswer, SessionList
from entrypoints.http.server.access.guard import SignedIn
from entrypoints.http.server.app_keys import CALLER, CONTAINER
from entrypoints.http.server.common_problems import NOT_FOUND
from entrypoints.http.server.endpoint import Endpoint
from entrypoints.http.server.json_response import json_response
from entrypoints.http.server.path_ids import id_in_path
from entrypoints.http.server.rate_limiting import address_of

_own = partial(Endpoint, tag="Account and keys", access=SignedIn(Group.ACCOUNT))


async def get_sessions(request: web.Request) -> web.Response:
    """List where the caller is signed in."""
    identity, caller = request.app[CONTAINER].identity(), request[CALLER]
    return json_response(SessionList.of(await identity.list_sessions()(user=caller.user), caller.session_id))


GET_SESSIONS = _own(
    method="GET",
    path="/api/v1/me/sessions",
    handler=get_sessions,
    id="sessions",
    summary="List where the user is signed in",
    description="The session that was used last comes first.",
    answer=SessionList,
    answer_examples=examples.SESSIONS,
)


async def delete_sessions(request: web.Request) -> web.Response:
    """End the caller's other sessions."""
    identity, caller = request.app[CONTAINER].identity(), request[CALLER]
    revoked = await identity.revoke_sessions().every(
        user=caller.user, except_for=caller.session_id, address=address_of(request)
    )
    return json_response(RevokedAnswer.of(revoked))


DELETE_SESSIONS = _own(
    method="DELETE",
    path="/api/v1/me/sessions",
    handler=delete_sessions,
    id="endOtherSessions",
    summary="Sign out everywhere else",
    description="Ends all sessions but this one. API keys stay valid.",
    answer=RevokedAnswer,
    answer_examples=examples.REVOKED,
    writes=True,
)


async def delete_session(request: web.Request) -> web.Response:
    """End one of the caller's sessions."""
    identity = request.app[CONTAINER].identity()
    await identity.revoke_sessions().one(
        user=request[CALLER].user, session_id=id_in_path(request, "id", "session"), address=address_of(request)
    )
    return web.Response(status=204)


DELETE_SESSION = _own(
    method="DELETE",
    path="/api/v1/me/sessions/{id}",
    handler=delete_session,
    id="endSession",
    summary="End a session and invalidate its tokens",
    path_parameters=ID,
    answer=None,
    status=204,
    problems=(NOT_FOUND,),
    writes=True,
)

ENDPOINTS = (GET_SESSIONS, DELETE_SESSIONS, DELETE_SESSION)
