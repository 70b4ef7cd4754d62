"""From the service's JSON to the models: figures become `Decimal`, Unix seconds become `datetime`."""

from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from crossrate_client.errors import UnexpectedAnswer

T = TypeVar("T")

Decode = Callable[[Any], Any]


def decode(kind: type[T], value: object) -> T:
    """Return the JSON value as `kind`; members that this version does not know are left out."""
    try:
        any_kind: Any = kind
        decoded: T = _decoder(any_kind)(value)
    except (ArithmeticError, AttributeError, KeyError, OSError, TypeError, ValueError) as error:
        raise UnexpectedAnswer(f"The service's answer is no {kind.__name__}: {error!r}.") from error
    return decoded


@cache
def _decoder(kind: Any) -> Decode:  # noqa: ANN401 -- any annotation of a model
    if is_dataclass(kind):
        return _of_a_model(kind)
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in {Union, UnionType}:
        return _decoder(next(each for each in arguments if each is not NoneType))
    if origin is tuple:
        item = _decoder(arguments[0])
        return lambda value: tuple(item(each) for each in _of_type(list, value))
    if origin is Mapping:
        member = _decoder(arguments[1])
        return lambda value: {name: member(each) for name, each in value.items()}
    if origin is Literal:
        return lambda value: _of_type(str, value)  # a newer service may have further ones
    return _SCALARS[kind]


def _of_a_model(kind: Any) -> Decode:  # noqa: ANN401 -- any model
    hints = get_type_hints(kind)
    members = [(field.name, _decoder(hints[field.name]), field.default is MISSING) for field in fields(kind)]

    def decoded(value: Any) -> Any:  # noqa: ANN401 -- any JSON
        found = {name: decoder(value[name]) for name, decoder, _ in members if value.get(name) is not None}
        if missing := [name for name, _, is_required in members if is_required and name not in found]:
            raise KeyError(*missing)
        return kind(**found)

    return decoded


def _of_type(kind: type[T], value: Any) -> T:  # noqa: ANN401 -- any JSON
    if not isinstance(value, kind):
        raise TypeError(f"{value!r} is no {kind.__name__}")
    return value


_SCALARS: Mapping[Any, Decode] = {
    bool: lambda value: _of_type(bool, value),
    int: lambda value: _of_type(int, value),
    str: lambda value: _of_type(str, value),
    Decimal: lambda value: Decimal(_of_type(str, value)),
    datetime: lambda value: datetime.fromtimestamp(value, UTC),
    date: date.fromisoformat,
}
