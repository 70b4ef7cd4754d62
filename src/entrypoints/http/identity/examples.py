"""Examples of users and API keys."""

from uuid import UUID

from domain.identity.api_key import Scope
from domain.identity.user import Role
from entrypoints.http.identity.schemas import (
    Account,
    ApiKeyList,
    ApiKeySummary,
    Confirmed,
    NewApiKey,
    RevokedAnswer,
    SessionList,
    SessionSummary,
    TokenResponse,
)
from entrypoints.http.identity.session_schemas import PageSession
from entrypoints.http.server.example import Examples, example, example_of

_AT = 1714304596
_UNTIL = 4102444800
# Cut short: a whole one would look usable.
_TOKEN = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJjcm9zc3JhdGUi"  # noqa: S105 -- see above
_KEY = "crk_9f8b3a1c5d7e4f60a1b2c3d4e5f60718_5Jw2"
_USER_ID = UUID("4f249068-fea8-407c-8509-4e48aa9efba4")
_KEY_ID = UUID("9f8b3a1c-5d7e-4f60-a1b2-c3d4e5f60718")
_SESSION_ID = UUID("1f0e3d2c-4b5a-4968-8776-95a4b3c2d1e0")
_SCOPES = [Scope.CONVERT, Scope.QUOTES_READ]

CREDENTIALS: Examples = {
    "ada": example("A username and a password", {"username": "ada", "password": "correct horse battery"})
}
PASSWORD_CHANGE: Examples = {
    "change": example("Both passwords", {"old": "correct horse battery", "new": "a better password"})
}
PASSWORD_CONFIRMATION: Examples = {"password": example("The current password", {"password": "correct horse battery"})}
ACCOUNT_DELETION: Examples = {
    "password": example("With the password", {"password": "correct horse battery"}),
    "recent": example("Within 5 minutes of giving it", {}),
}
REFRESH: Examples = {"refresh": example("The newest refresh token", {"refresh_token": _TOKEN})}
NEW_KEYS: Examples = {
    "until": example(
        "Expires on a day", {"name": "nightly report", "scopes": [*_SCOPES], "expires_at": "2100-01-01T00:00:00+00:00"}
    ),
    "for_good": example("Never expires", {"name": "terminal", "scopes": [Scope.CONVERT]}),
}

ACCOUNT: Examples = {
    "ada": example_of("Ada", Account(id=_USER_ID, username="ada", role=Role.USER, created_at=_AT)),
}
TOKENS: Examples = {
    "signed_in": example_of("Signed in", TokenResponse(access_token=_TOKEN, refresh_token=_TOKEN, expires_in=900))
}
PAGE_SESSIONS: Examples = {
    "signed_in": example_of(
        "Signed in",
        PageSession(
            account=Account(id=_USER_ID, username="ada", role=Role.USER, created_at=_AT),
            session_id=_SESSION_ID,
            may_refresh=False,
            is_registration_open=True,
        ),
    )
}
CREATED_KEY: Examples = {
    "until": example_of(
        "With its secret, this once",
        NewApiKey(id=_KEY_ID, name="nightly report", scopes=_SCOPES, created_at=_AT, expires_at=_UNTIL, key=_KEY),
    )
}
KEYS: Examples = {
    "one": example_of(
        "One key",
        ApiKeyList(
            api_keys=[
                ApiKeySummary(id=_KEY_ID, name="nightly report", scopes=_SCOPES, created_at=_AT, expires_at=_UNTIL)
            ]
        ),
    )
}
SESSIONS: Examples = {
    "one": example_of(
        "One session",
        SessionList(
            sessions=[
                SessionSummary(
                    id=_KEY_ID,
                    created_at=_AT,
                    last_used_at=_AT + 3600,
                    expires_at=_AT + 30 * 24 * 3600,
                    address="192.0.2.1",
                    user_agent="curl/8.7.1",
                    is_current=True,
                )
            ]
        ),
    )
}
REVOKED: Examples = {"some": example_of("Some of each", RevokedAnswer(sessions_ended=2, api_keys_deleted=1))}
CONFIRMED: Examples = {"confirmed": example_of("For 5 minutes", Confirmed(recent_until=_AT + 300))}
