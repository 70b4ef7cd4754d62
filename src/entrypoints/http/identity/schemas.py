"""Users and API keys as requests and answers, and as the OpenAPI document describes them."""

from collections.abc import Sequence
from typing import Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StrictBool

from application.identity.issue_token_pair import TokenPair
from domain.identity.api_key import ApiKey, Scope
from domain.identity.key_secret import KeySecret
from domain.identity.revoked import Revoked
from domain.identity.session import Session
from domain.identity.user import Role, User
from entrypoints.http.identity.fields import KeyNameField, MomentField, PasswordField, TypedPasswordField, UsernameField

MAX_TOKEN_LENGTH = 2048


class Credentials(BaseModel):
    """A username and a password."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    username: UsernameField = Field(description="Unique regardless of upper and lower case.", examples=["ada"])
    password: PasswordField = Field(examples=["correct horse battery"])


class LoginCredentials(BaseModel):
    """A username and a password, which may be wrong in any way."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    username: UsernameField = Field(description="In any case.", examples=["ada"])
    password: TypedPasswordField = Field(examples=["correct horse battery"])


class PasswordChange(BaseModel):
    """The current password, and the one that replaces it."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    old: PasswordField = Field(examples=["correct horse battery"])
    new: PasswordField = Field(
        description="Neither the current one, nor a common password or the username, nor nearly one of these.",
        examples=["a better password"],
    )
    keep_api_keys: StrictBool = Field(
        default=False, description="Whether API keys stay valid. If not, this change deletes them.", examples=[False]
    )


class PasswordConfirmation(BaseModel):
    """The current password."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    password: PasswordField = Field(examples=["correct horse battery"])


class Confirmed(BaseModel):
    """How long the password counts as recent."""

    recent_until: int = Field(description="Unix second.", examples=[1714304896])


class AccountDeletion(BaseModel):
    """The current password, which is needed unless it was given within the last 5 minutes."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    password: PasswordField | None = Field(None, examples=["correct horse battery"])


class RefreshRequest(BaseModel):
    """A refresh token, which this use invalidates."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    refresh_token: str = Field(min_length=1, max_length=MAX_TOKEN_LENGTH, examples=["eyJhbGciOiJIUzI1NiIs…"])


class TokenResponse(BaseModel):
    """The tokens of a signed-in user."""

    access_token: str = Field(description="For `Authorization: Bearer`.", examples=["eyJhbGciOiJIUzI1NiIs…"])
    refresh_token: str = Field(
        description="Exchange it once for the next pair of tokens.", examples=["eyJhbGciOiJIUzI1NiIs…"]
    )
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 -- the kind, no token
    expires_in: int = Field(description="Seconds until the access token expires.", examples=[900])

    @classmethod
    def of(cls, signed_in: TokenPair) -> Self:
        """Describe the tokens."""
        return cls(
            access_token=signed_in.access_token,
            refresh_token=signed_in.refresh_token,
            expires_in=signed_in.expires_in,
        )


class Account(BaseModel):
    """The signed-in user."""

    id: UUID
    username: str = Field(examples=["ada"])
    role: Role = Field(examples=["user"])
    created_at: int = Field(description="Unix second.", examples=[1714304596])
    default_to: str | None = Field(
        None, description="Currency in which wallets are valued; absent: USD.", examples=["EUR"]
    )

    @classmethod
    def of(cls, user: User) -> Self:
        """Describe a user."""
        return cls(
            id=user.id,
            username=user.name,
            role=user.role,
            created_at=int(user.created_at),
            default_to=user.default_to,
        )


class ApiKeyRequest(BaseModel):
    """The API key to create."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    name: KeyNameField = Field(description="A name of your choice.", examples=["nightly report"])
    scopes: list[Scope] = Field(
        description="What the key may do.", min_length=1, max_length=len(Scope), examples=[["convert", "quotes:read"]]
    )
    expires_at: MomentField = Field(
        None, description="When the key expires, in Unix seconds or ISO 8601; null for never.", examples=[1900000000]
    )


class ApiKeySummary(BaseModel):
    """An API key without its secret."""

    id: UUID
    name: str = Field(examples=["nightly report"])
    scopes: list[Scope] = Field(examples=[["convert", "quotes:read"]])
    created_at: int = Field(description="Unix second.", examples=[1714304596])
    expires_at: int | None = Field(None, description="Unix second; absent when the key never expires.")

    @classmethod
    def of(cls, key: ApiKey) -> Self:
        """Describe a key."""
        return cls.model_validate(_summary(key))


class NewApiKey(ApiKeySummary):
    """A new API key. This is the only time that `key` is shown."""

    key: str = Field(description="For `X-API-Key`.", examples=["crk_0f8f…_5Jw2…"])

    @classmethod
    def with_secret(cls, key: ApiKey, secret: KeySecret) -> Self:
        """Describe a key with its secret."""
        return cls.model_validate(_summary(key) | {"key": secret.format()})


class ApiKeyList(BaseModel):
    """A user's API keys, oldest first."""

    api_keys: list[ApiKeySummary]

    @classmethod
    def of(cls, keys: Sequence[ApiKey]) -> Self:
        """Describe keys."""
        return cls(api_keys=[ApiKeySummary.of(key) for key in keys])


class SessionSummary(BaseModel):
    """One sign-in, on one device or in one program."""

    id: UUID
    created_at: int = Field(description="Unix second of the sign-in.", examples=[1714304596])
    last_used_at: int = Field(
        description="Unix second of the sign-in or the last refresh. The session may have been used for 15 minutes "
        "after it.",
        examples=[1714308196],
    )
    expires_at: int = Field(description="Unix second, unless it is refreshed before.", examples=[1716900196])
    address: str | None = Field(
        None, description="Where it was last used from: an IPv4 address or a /64 of IPv6.", examples=["192.0.2.1"]
    )
    user_agent: str | None = Field(None, description="What the client calls itself.", examples=["curl/8.7.1"])
    is_current: bool = Field(description="Whether it is the session of this request.", examples=[True])

    @classmethod
    def of(cls, session: Session, current: UUID | None) -> Self:
        """Describe a session."""
        return cls(
            id=session.id,
            created_at=int(session.created_at),
            last_used_at=int(session.last_used_at),
            expires_at=int(session.expires_at),
            address=session.address,
            user_agent=session.user_agent,
            is_current=session.id == current,
        )


class SessionList(BaseModel):
    """A user's sessions, the last used first."""

    sessions: list[SessionSummary]

    @classmethod
    def of(cls, sessions: Sequence[Session], current: UUID | None) -> Self:
        """Describe sessions; `current` is the id of the caller's own."""
        return cls(sessions=[SessionSummary.of(session, current) for session in sessions])


class RevokedAnswer(BaseModel):
    """What was revoked."""

    sessions_ended: int = Field(examples=[2])
    api_keys_deleted: int = Field(examples=[1])

    @classmethod
    def of(cls, revoked: Revoked) -> Self:
        """Describe it."""
        return cls(sessions_ended=revoked.sessions, api_keys_deleted=revoked.api_keys)


def _summary(key: ApiKey) -> dict[str, object]:
    return {
        "id": key.id,
        "name": str(key.name),
        "scopes": sorted(key.scopes),
        "created_at": int(key.created_at),
        "expires_at": None if key.expires_at is None else int(key.expires_at),
    }
