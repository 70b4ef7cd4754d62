"""Messages about wrong settings that say what to write: those of pydantic name its types and patterns."""

from typing import get_args

from pydantic import SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from entrypoints.nearest import did_you_mean

_MESSAGES = {
    "int_parsing": "must be a whole number",
    "int_parsing_size": "must be a whole number of fewer digits",
    "float_parsing": "must be a number",
    "decimal_parsing": "must be a number",
    "finite_number": "must be a finite number",
    "bool_parsing": "must be true or false",
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be {ge} or more",
    "less_than_equal": "must be at most {le}",
    "literal_error": "must be {expected}",
    "uuid_parsing": "must be an id, such as 4f249068-fea8-407c-8509-4e48aa9efba4",
    "string_too_short": "must not be empty",
}

# A longer value is not worth repeating.
LONGEST_VALUE = 60


def plain_message(error: ErrorDetails) -> str:
    """Return what to write instead."""
    if error["type"] not in _MESSAGES:  # one of our validators, whose message is already plain
        return error["msg"].removeprefix("Value error, ")
    return _MESSAGES[error["type"]].format(**error.get("ctx", {}))


def settings_message(error: ErrorDetails, field: FieldInfo) -> str:
    """Return what to write instead, and the wrong value unless it may be a secret."""
    message = plain_message(error)
    if error["type"] not in _MESSAGES:
        return message
    given = error["input"]
    if _is_secret(field) or not isinstance(given, str | int | float) or len(str(given)) > LONGEST_VALUE:
        return message
    choices = get_args(field.annotation) if error["type"] == "literal_error" else ()
    near = did_you_mean(str(given), (one for one in choices if isinstance(one, str)))
    return f"{message}, not {given!r}{near}" if str(given) else message


def _is_secret(field: FieldInfo) -> bool:
    return SecretStr in {field.annotation, *get_args(field.annotation)}
