"""Accounts and keys as they go in and out over HTTP, and as the OpenAPI document tells them."""

import math
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated, Literal, Self, TypeVar
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from application.identity.create_api_key import LATEST
from application.identity.issue_token_pair import TokenPair
from domain.errors import RefusedInput
from domain.identity.api_key import LONGEST_KEY_NAME, ApiKey, KeyName, Scope
from domain.identity.key_secret import KeySecret
from domain.identity.user import LONGEST_PASSWORD, LONGEST_USERNAME, SHORTEST_PASSWORD, Password, Role, User, Username

LONGEST_TOKEN = 2048

T = TypeVar("T")


def _text_for(make: Callable[[str], T]) -> Callable[[object], T]:
    def checked(value: object) -> T:
        if not isinstance(value, str):
            raise PydanticCustomError("text", "must be a string")
        try:
            return make(value)
        except RefusedInput as error:
            raise PydanticCustomError("refused", "{message}", {"message": str(error)}) from error

    return checked


def _moment(value: object) -> object:
    """Return Unix seconds of what is either that or ISO 8601."""
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value)
            if moment.tzinfo is not None:
                return math.floor(moment.timestamp())
        except (ValueError, OverflowError):
            pass
    elif value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    raise PydanticCustomError("moment", "must be whole Unix seconds, ISO 8601 with its offset from UTC, or null")


_USERNAME = {"type": "string", "pattern": rf"^[A-Za-z0-9][A-Za-z0-9._@+-]{{2,{LONGEST_USERNAME - 1}}}$"}
_PASSWORD = {
    "type": "string",
    "format": "password",
    "minLength": SHORTEST_PASSWORD,
    "maxLength": LONGEST_PASSWORD,
}
_KEY_NAME = {"type": "string", "format": "key-name", "minLength": 1, "maxLength": LONGEST_KEY_NAME}
_MOMENT = {
    "anyOf": [
        {"type": "integer", "minimum": 1, "maximum": int(LATEST)},
        {"type": "string", "format": "date-time"},
        {"type": "null"},
    ]
}

UsernameField = Annotated[Username, BeforeValidator(_text_for(Username)), WithJsonSchema(_USERNAME)]
PasswordField = Annotated[Password, BeforeValidator(_text_for(Password)), WithJsonSchema(_PASSWORD)]
KeyNameField = Annotated[KeyName, BeforeValidator(_text_for(KeyName)), WithJsonSchema(_KEY_NAME)]
MomentField = Annotated[int | None, BeforeValidator(_moment), WithJsonSchema(_MOMENT)]


class Credentials(BaseModel):
    """A name and a password."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    username: UsernameField = Field(description="Unique, whatever the case.", examples=["ada"])
    password: PasswordField = Field(examples=["correct horse battery"])


class RefreshRequest(BaseModel):
    """A refresh token, to be spent."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    refresh_token: str = Field(min_length=1, max_length=LONGEST_TOKEN, examples=["eyJhbGciOiJIUzI1NiIs…"])


class TokenResponse(BaseModel):
    """What someone holds who signed in."""

    access_token: str = Field(description="For `Authorization: Bearer`.", examples=["eyJhbGciOiJIUzI1NiIs…"])
    refresh_token: str = Field(description="Good once, for the next pair.", examples=["eyJhbGciOiJIUzI1NiIs…"])
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 -- the kind, no token
    expires_in: int = Field(description="Seconds that the access token is good for.", examples=[900])

    @classmethod
    def of(cls, signed_in: TokenPair) -> Self:
        """Write the tokens."""
        return cls(
            access_token=signed_in.access_token,
            refresh_token=signed_in.refresh_token,
            expires_in=signed_in.expires_in,
        )


class Account(BaseModel):
    """A user, to themselves."""

    id: UUID
    username: str = Field(examples=["ada"])
    role: Role = Field(examples=["user"])
    created_at: int = Field(description="Unix second.", examples=[1714304596])

    @classmethod
    def of(cls, user: User) -> Self:
        """Write a user."""
        return cls(id=user.id, username=user.name, role=user.role, created_at=int(user.created_at))


class ApiKeyRequest(BaseModel):
    """A key to be made."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    name: KeyNameField = Field(description="What you call it.", examples=["nightly report"])
    scopes: list[Scope] = Field(
        description="What it may do.", max_length=len(Scope), examples=[["convert", "quotes:read"]]
    )
    expires_at: MomentField = Field(
        None, description="When it stops, in Unix seconds or ISO 8601; null for never.", examples=[1900000000]
    )


class ApiKeySummary(BaseModel):
    """A key, without its secret."""

    id: UUID
    name: str = Field(examples=["nightly report"])
    scopes: list[Scope] = Field(examples=[["convert", "quotes:read"]])
    created_at: int = Field(description="Unix second.", examples=[1714304596])
    expires_at: int | None = Field(None, description="Unix second; not there when it never stops.")

    @classmethod
    def of(cls, key: ApiKey) -> Self:
        """Write what everyone may know of a key."""
        return cls.model_validate(_summary(key))


class NewApiKey(ApiKeySummary):
    """A key just made. `key` is shown this once and can never be had again."""

    key: str = Field(description="For `X-API-Key`.", examples=["crk_0f8f…_5Jw2…"])

    @classmethod
    def with_secret(cls, key: ApiKey, secret: KeySecret) -> Self:
        """Write a key with its secret."""
        return cls.model_validate(_summary(key) | {"key": secret.format()})


class ApiKeyList(BaseModel):
    """A user's keys, from the oldest."""

    api_keys: list[ApiKeySummary]

    @classmethod
    def of(cls, keys: Sequence[ApiKey]) -> Self:
        """Write keys."""
        return cls(api_keys=[ApiKeySummary.of(key) for key in keys])


def _summary(key: ApiKey) -> dict[str, object]:
    return {
        "id": key.id,
        "name": str(key.name),
        "scopes": sorted(key.scopes),
        "created_at": int(key.created_at),
        "expires_at": None if key.expires_at is None else int(key.expires_at),
    }
