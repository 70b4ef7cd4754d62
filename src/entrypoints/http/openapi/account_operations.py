"""The operations on accounts and keys. Each answers under `/api` as well as under `/api/v1`."""

from entrypoints.http import problems
from entrypoints.http.openapi.operation import ALWAYS, BEARER, READING_A_BODY, Operation
from entrypoints.http.schemas.account import (
    Account,
    ApiKeyList,
    ApiKeyRequest,
    Credentials,
    NewApiKey,
    RefreshRequest,
    TokenResponse,
)

_COUNTED = (*ALWAYS, problems.TOO_MANY_REQUESTS, problems.INTERNAL_ERROR, problems.DATABASE_UNAVAILABLE)
_WITH_A_BODY = (*_COUNTED, *READING_A_BODY, problems.INVALID_INPUT)
# A key is somebody's and still may not do these: they are for a user who signed in.
_SIGNED_IN = (*_COUNTED, problems.UNAUTHENTICATED, problems.FORBIDDEN)

_AUTHENTICATION = "Authentication"
_ACCOUNT = "Account and keys"

ACCOUNT_OPERATIONS = (
    Operation(
        "post",
        "/api/v1/authenticate/register",
        id="register",
        tag=_AUTHENTICATION,
        summary="Make an account",
        body=Credentials,
        answer=Account,
        status=201,
        problems=(*_WITH_A_BODY, problems.CONFLICT),
        is_limited=True,
    ),
    Operation(
        "post",
        "/api/v1/authenticate/login",
        id="login",
        tag=_AUTHENTICATION,
        summary="Sign in",
        description="After 5 failures of an account or from an address within 15 minutes none is tried for a while.",
        body=Credentials,
        answer=TokenResponse,
        problems=(*_WITH_A_BODY, problems.UNAUTHENTICATED),
        is_limited=True,
    ),
    Operation(
        "post",
        "/api/v1/authenticate/refresh",
        id="refresh",
        tag=_AUTHENTICATION,
        summary="Stay signed in",
        description="A refresh token is good once. Used again, it ends its session with all tokens of it.",
        body=RefreshRequest,
        answer=TokenResponse,
        problems=(*_WITH_A_BODY, problems.UNAUTHENTICATED),
        is_limited=True,
    ),
    Operation(
        "post",
        "/api/v1/authenticate/logout",
        id="logout",
        tag=_AUTHENTICATION,
        summary="Sign out: the session's tokens are good for nothing from then on",
        answer=None,
        status=204,
        problems=_SIGNED_IN,
        security=(BEARER,),
        is_limited=True,
    ),
    Operation(
        "get",
        "/api/v1/me",
        id="me",
        tag=_ACCOUNT,
        summary="Tell who is signed in",
        answer=Account,
        problems=_SIGNED_IN,
        security=(BEARER,),
        is_limited=True,
    ),
    Operation(
        "delete",
        "/api/v1/me",
        id="deleteMe",
        tag=_ACCOUNT,
        summary="Remove the account with all that is its own",
        answer=None,
        status=204,
        problems=_SIGNED_IN,
        security=(BEARER,),
        is_limited=True,
    ),
    Operation(
        "post",
        "/api/v1/api-keys",
        id="createApiKey",
        tag=_ACCOUNT,
        summary="Make a key for a program",
        body=ApiKeyRequest,
        answer=NewApiKey,
        status=201,
        problems=(*_SIGNED_IN, *READING_A_BODY, problems.INVALID_INPUT, problems.CONFLICT),
        security=(BEARER,),
        is_limited=True,
    ),
    Operation(
        "get",
        "/api/v1/api-keys",
        id="apiKeys",
        tag=_ACCOUNT,
        summary="List the keys",
        answer=ApiKeyList,
        problems=_SIGNED_IN,
        security=(BEARER,),
        is_limited=True,
    ),
    Operation(
        "delete",
        "/api/v1/api-keys/{id}",
        id="deleteApiKey",
        tag=_ACCOUNT,
        summary="Delete a key, which is good for nothing from then on",
        path_parameters={"id": {"type": "string", "format": "uuid"}},
        answer=None,
        status=204,
        problems=(*_SIGNED_IN, problems.NOT_FOUND),
        security=(BEARER,),
        is_limited=True,
    ),
)
