"""The writes of wallets, as requests."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import ClassVar

Request = tuple[str, str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Write:
    """A write. `success` is the status of its answer if nothing forbids it."""

    success: ClassVar[int] = 200
    method: ClassVar[str] = "POST"
    path: ClassVar[str] = ""

    @property
    def request(self) -> Request:
        """Return method, path and body. What the path names is not in the body."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        body = {name: value for name, value in values.items() if f"{{{name}}}" not in self.path}
        return self.method, self.path.format_map(values), body


@dataclass(frozen=True, slots=True)
class Open(Write):
    success = 201
    path = "/wallets"
    name: str


@dataclass(frozen=True, slots=True)
class Rename(Write):
    method = "PUT"
    path = "/wallet/{wallet}"
    wallet: str
    name: str


@dataclass(frozen=True, slots=True)
class Close(Write):
    success = 204
    method = "DELETE"
    path = "/wallet/{wallet}"
    wallet: str


@dataclass(frozen=True, slots=True)
class Add(Write):
    success = 201
    path = "/currency"
    wallet_id: str
    code: str
    amount: str


@dataclass(frozen=True, slots=True)
class Move(Write):
    path = "/currency/add_or_withdraw_funds/{currency}"
    currency: str
    amount: str


@dataclass(frozen=True, slots=True)
class Transfer(Write):
    path = "/transfers"
    from_currency_id: str
    to_currency_id: str
    amount: str
