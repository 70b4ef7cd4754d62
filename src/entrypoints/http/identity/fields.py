"""The types of the fields that users and API keys are made of."""

import math
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, TypeVar

from pydantic import BeforeValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from domain.errors import InvalidInput
from domain.identity.api_key import MAX_KEY_NAME_LENGTH, KeyName
from domain.identity.user import MAX_PASSWORD_LENGTH, MAX_USERNAME_LENGTH, MIN_PASSWORD_LENGTH, Password, Username
from domain.moments import LATEST_MOMENT
from entrypoints.http.rates.fields import seconds_as_written
from entrypoints.http.server.validation import wrong_value

T = TypeVar("T")


def _text_for(make: Callable[[str], T]) -> Callable[[object], T]:
    def checked(value: object) -> T:
        if not isinstance(value, str):
            raise PydanticCustomError("text", "must be a string")
        try:
            return make(value)
        except InvalidInput as error:
            raise wrong_value(error) from error

    return checked


def _moment(value: object) -> object:
    """Return ISO 8601 as Unix seconds, and Unix seconds as they are."""
    value = seconds_as_written(value)
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value)
            if moment.tzinfo is not None:
                return math.floor(moment.timestamp())
        except (ValueError, OverflowError):
            pass
    elif value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    raise PydanticCustomError("moment", "must be whole Unix seconds, ISO 8601 with an offset from UTC, or null")


_USERNAME = {"type": "string", "pattern": rf"^[A-Za-z0-9][A-Za-z0-9._@+-]{{2,{MAX_USERNAME_LENGTH - 1}}}$"}
_PASSWORD = {
    "type": "string",
    "format": "password",
    "minLength": MIN_PASSWORD_LENGTH,
    "maxLength": MAX_PASSWORD_LENGTH,
}
_KEY_NAME = {"type": "string", "format": "key-name", "minLength": 1, "maxLength": MAX_KEY_NAME_LENGTH}
_MOMENT = {
    "anyOf": [
        {"type": "integer", "minimum": 1, "maximum": LATEST_MOMENT},
        {"type": "string", "format": "date-time"},
        {"type": "null"},
    ]
}

UsernameField = Annotated[Username, BeforeValidator(_text_for(Username)), WithJsonSchema(_USERNAME)]
PasswordField = Annotated[Password, BeforeValidator(_text_for(Password)), WithJsonSchema(_PASSWORD)]
TypedPasswordField = Annotated[
    Password,
    BeforeValidator(_text_for(Password.as_typed)),
    WithJsonSchema({"type": "string", "format": "password"}),
]
KeyNameField = Annotated[KeyName, BeforeValidator(_text_for(KeyName)), WithJsonSchema(_KEY_NAME)]
MomentField = Annotated[int | None, BeforeValidator(_moment), WithJsonSchema(_MOMENT)]
