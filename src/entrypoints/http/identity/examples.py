"""Someone registers, signs in, makes a key for a nightly report, and looks at what is theirs."""

from collections.abc import Mapping
from uuid import UUID

from pydantic import BaseModel

from domain.identity.api_key import Scope
from domain.identity.user import Role
from entrypoints.http.identity.schemas import (
    Account,
    ApiKeyList,
    ApiKeyRequest,
    ApiKeySummary,
    Credentials,
    NewApiKey,
    RefreshRequest,
    TokenResponse,
)
from entrypoints.http.openapi.example import Examples, example, written

_AT = 1714304596
_UNTIL = 4102444800
# Cut short: a whole one would look as if it could be used.
_TOKEN = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJjcm9zc3JhdGUi"  # noqa: S105 -- see above
_KEY = "crk_9f8b3a1c5d7e4f60a1b2c3d4e5f60718_5Jw2"
_USER_ID = UUID("4f249068-fea8-407c-8509-4e48aa9efba4")
_KEY_ID = UUID("9f8b3a1c-5d7e-4f60-a1b2-c3d4e5f60718")
_SCOPES = [Scope.CONVERT, Scope.QUOTES_READ]

REQUESTS: Mapping[type[BaseModel], Examples] = {
    Credentials: {"ada": example("A name and a password", {"username": "ada", "password": "correct horse battery"})},
    RefreshRequest: {"refresh": example("The token of the last pair", {"refresh_token": _TOKEN})},
    ApiKeyRequest: {
        "until": example(
            "Until a day", {"name": "nightly report", "scopes": [*_SCOPES], "expires_at": "2100-01-01T00:00:00+00:00"}
        ),
        "for_good": example("For good", {"name": "terminal", "scopes": [Scope.CONVERT]}),
    },
}
ANSWERS: Mapping[type[BaseModel], Examples] = {
    Account: {"ada": written("Ada", Account(id=_USER_ID, username="ada", role=Role.USER, created_at=_AT))},
    TokenResponse: {
        "signed_in": written("Signed in", TokenResponse(access_token=_TOKEN, refresh_token=_TOKEN, expires_in=900))
    },
    NewApiKey: {
        "until": written(
            "With its secret, this once",
            NewApiKey(id=_KEY_ID, name="nightly report", scopes=_SCOPES, created_at=_AT, expires_at=_UNTIL, key=_KEY),
        )
    },
    ApiKeyList: {
        "one": written(
            "One key",
            ApiKeyList(
                api_keys=[
                    ApiKeySummary(id=_KEY_ID, name="nightly report", scopes=_SCOPES, created_at=_AT, expires_at=_UNTIL)
                ]
            ),
        )
    },
}
