"""The types of the fields of requests for wallets."""

from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import BeforeValidator, PlainValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from domain.errors import InvalidInput
from domain.rates.conversion import MAX_AMOUNT_CHARACTERS, parse_amount
from domain.wallets.wallet import MAX_WALLET_NAME_LENGTH, WalletName
from entrypoints.http.rates.fields import amount_as_written
from entrypoints.http.server.validation import wrong_value


def _wallet_name(value: object) -> WalletName:
    if not isinstance(value, str):
        raise PydanticCustomError("text", "must be a string")
    try:
        return WalletName(value)
    except InvalidInput as error:
        raise wrong_value(error) from error


def _id(value: object) -> UUID:
    try:
        if isinstance(value, str) and len(value) <= 36:
            return UUID(value)
    except ValueError:
        pass
    raise PydanticCustomError("id", "must be an id, such as 4f249068-fea8-407c-8509-4e48aa9efba4")


def _signed_amount(value: object) -> Decimal:
    text = amount_as_written(value)
    digits = text.removeprefix("-")
    try:
        amount = parse_amount(digits)
    except InvalidInput as error:
        raise wrong_value(error) from error
    return amount.copy_negate() if len(digits) < len(text) and amount else amount


def _positive_amount(value: object) -> Decimal:
    amount = _signed_amount(value)
    if amount <= 0:
        raise PydanticCustomError("amount", "must be more than 0")
    return amount


_AMOUNT_PATTERN = r"^-?[0-9]+(\.[0-9]+)?([eE][+-]?0*(1[0-8]|[0-9]))?$"
_SIGNED_AMOUNT = {
    "anyOf": [
        {"type": "number"},
        {"type": "string", "maxLength": MAX_AMOUNT_CHARACTERS + 1, "pattern": _AMOUNT_PATTERN},
    ]
}
_POSITIVE_AMOUNT = {
    "anyOf": [
        {"type": "number", "exclusiveMinimum": 0},
        {
            "type": "string",
            "maxLength": MAX_AMOUNT_CHARACTERS,
            # Without lookahead, from which generators of requests make texts that seldom match.
            "pattern": r"^([0-9]*[1-9][0-9]*(\.[0-9]+)?|[0-9]+\.[0-9]*[1-9][0-9]*)([eE][+-]?0*(1[0-8]|[0-9]))?$",
        },
    ]
}
_NAME = {"type": "string", "format": "wallet-name", "minLength": 1, "maxLength": MAX_WALLET_NAME_LENGTH}
_ID = {"type": "string", "format": "uuid"}

WalletNameField = Annotated[WalletName, BeforeValidator(_wallet_name), WithJsonSchema(_NAME)]
IdField = Annotated[UUID, BeforeValidator(_id), WithJsonSchema(_ID)]
SignedAmountField = Annotated[Decimal, PlainValidator(_signed_amount), WithJsonSchema(_SIGNED_AMOUNT)]

PositiveAmountField = Annotated[Decimal, PlainValidator(_positive_amount), WithJsonSchema(_POSITIVE_AMOUNT)]

NAME_PARAMETER = {"name": _NAME}


def id_parameter(name: str) -> dict[str, dict[str, object]]:
    """Describe an id in a path."""
    return {name: dict(_ID)}
