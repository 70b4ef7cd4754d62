"""The types of the fields of requests for webhooks."""

from functools import partial
from typing import Annotated

from pydantic import BeforeValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from domain.errors import InvalidInput
from domain.webhooks.delivery import DeliveryStatus
from domain.webhooks.signature import WebhookSecret
from domain.webhooks.url import MAX_URL_LENGTH, WebhookUrl
from entrypoints.http.server.paging import decoded_cursor, encoded_cursor, limit_up_to, wrong_cursor
from entrypoints.http.server.validation import wrong_value

MAX_DELIVERIES = 100
_LONGEST_CURSOR = 32
_LONGEST_NUMBER = 18


def _url(value: object) -> WebhookUrl:
    if not isinstance(value, str):
        raise PydanticCustomError("text", "must be a string")
    try:
        return WebhookUrl(value)
    except InvalidInput as error:
        raise wrong_value(error) from error


def _secret(value: object) -> WebhookSecret | None:
    if value is None:
        return None
    if not isinstance(value, str):
        raise PydanticCustomError("text", "must be a string, or null")
    try:
        return WebhookSecret.parse(value)
    except InvalidInput as error:
        raise wrong_value(error) from error


def _number(cursor: object) -> int:
    try:
        number = decoded_cursor(cursor, _LONGEST_CURSOR).decode()
    except UnicodeDecodeError as error:
        raise wrong_cursor() from error
    if not (number.isascii() and number.isdigit() and len(number) <= _LONGEST_NUMBER):
        raise wrong_cursor()
    return int(number)


def delivery_cursor(number: int) -> str:
    """Return the cursor of the page that begins after this delivery."""
    return encoded_cursor(str(number).encode())


_URL = {"type": "string", "format": "webhook-url", "maxLength": MAX_URL_LENGTH}
_SECRET = {"anyOf": [{"type": "string", "format": "webhook-secret", "pattern": "^whsec_"}, {"type": "null"}]}

UrlField = Annotated[WebhookUrl, BeforeValidator(_url), WithJsonSchema(_URL)]
SecretField = Annotated[WebhookSecret | None, BeforeValidator(_secret), WithJsonSchema(_SECRET)]
StatusField = Annotated[
    DeliveryStatus | None, WithJsonSchema({"type": "string", "enum": [status.value for status in DeliveryStatus]})
]
CursorField = Annotated[
    int | None,
    BeforeValidator(_number),
    WithJsonSchema({"type": "string", "format": "delivery-cursor", "maxLength": _LONGEST_CURSOR}),
]
LimitField = Annotated[
    int,
    BeforeValidator(partial(limit_up_to, MAX_DELIVERIES)),
    WithJsonSchema({"type": "integer", "minimum": 1, "maximum": MAX_DELIVERIES}),
]
