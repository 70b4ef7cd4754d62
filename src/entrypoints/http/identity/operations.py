"""The operations on accounts and keys. Each answers under `/api` as well as under `/api/v1`."""

from functools import partial

from entrypoints.http.identity.schemas import (
    Account,
    ApiKeyList,
    ApiKeyRequest,
    Credentials,
    NewApiKey,
    RefreshRequest,
    TokenResponse,
)
from entrypoints.http.openapi.operation import ALWAYS, BEARER, READING_A_BODY, Operation
from entrypoints.http.server import problems

_COUNTED = (*ALWAYS, problems.TOO_MANY_REQUESTS, problems.INTERNAL_ERROR, problems.DATABASE_UNAVAILABLE)
_WITH_A_BODY = (*_COUNTED, *READING_A_BODY, problems.INVALID_INPUT)
# A key is somebody's and still may not do these: they are for a user who signed in.
_SIGNED_IN = (*_COUNTED, problems.UNAUTHENTICATED, problems.FORBIDDEN)

_authenticating = partial(Operation, "post", tag="Authentication", is_limited=True)
_account = partial(Operation, tag="Account and keys", security=(BEARER,), is_limited=True)

ACCOUNT_OPERATIONS = (
    _authenticating(
        "/api/v1/authenticate/register",
        id="register",
        summary="Make an account",
        description="Unless registration is closed, which leaves that to whoever runs the service.",
        body=Credentials,
        answer=Account,
        status=201,
        problems=(*_WITH_A_BODY, problems.REGISTRATION_CLOSED, problems.CONFLICT),
    ),
    _authenticating(
        "/api/v1/authenticate/login",
        id="login",
        summary="Sign in",
        description="After 5 failures of an account or from an address within 15 minutes none is tried for a while.",
        body=Credentials,
        answer=TokenResponse,
        problems=(*_WITH_A_BODY, problems.UNAUTHENTICATED),
    ),
    _authenticating(
        "/api/v1/authenticate/refresh",
        id="refresh",
        summary="Stay signed in",
        description="A refresh token is good once. Used again, it ends its session with all tokens of it.",
        body=RefreshRequest,
        answer=TokenResponse,
        problems=(*_WITH_A_BODY, problems.UNAUTHENTICATED),
    ),
    _authenticating(
        "/api/v1/authenticate/logout",
        id="logout",
        summary="Sign out: the session's tokens are good for nothing from then on",
        answer=None,
        status=204,
        problems=_SIGNED_IN,
        security=(BEARER,),
    ),
    _account("get", "/api/v1/me", id="me", summary="Tell who is signed in", answer=Account, problems=_SIGNED_IN),
    _account(
        "delete",
        "/api/v1/me",
        id="deleteMe",
        summary="Remove the account with all that is its own",
        answer=None,
        status=204,
        problems=_SIGNED_IN,
    ),
    _account(
        "post",
        "/api/v1/api-keys",
        id="createApiKey",
        summary="Make a key for a program",
        body=ApiKeyRequest,
        answer=NewApiKey,
        status=201,
        problems=(*_SIGNED_IN, *READING_A_BODY, problems.INVALID_INPUT, problems.CONFLICT),
    ),
    _account("get", "/api/v1/api-keys", id="apiKeys", summary="List the keys", answer=ApiKeyList, problems=_SIGNED_IN),
    _account(
        "delete",
        "/api/v1/api-keys/{id}",
        id="deleteApiKey",
        summary="Delete a key, which is good for nothing from then on",
        path_parameters={"id": {"type": "string", "format": "uuid"}},
        answer=None,
        status=204,
        problems=(*_SIGNED_IN, problems.NOT_FOUND),
    ),
)
