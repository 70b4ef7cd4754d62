"""How commands ask a running service, with the client package. Slow to import, so commands do it when they ask."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from domain.decimals import plain
from entrypoints.cli.output import NO, REFUSED, UNAVAILABLE, stop

try:
    from crossrate_client import AsyncClient, CrossrateError, Problem
    from crossrate_client.problems import (
        BookTooThin,
        Forbidden,
        InvalidInput,
        NoRoute,
        NotFound,
        OrderTooSmall,
        TooFewProviders,
        Unauthenticated,
    )
except ModuleNotFoundError as error:
    if not (error.name or "").startswith(("crossrate_client", "httpx")):
        raise
    stop("--server needs the package crossrate-client: pip install ./clients/python in a checkout.", REFUSED)

KEY_VARIABLE = "CROSSRATE_CLIENT_API_KEY"

_IS_NO = (NoRoute, NotFound, TooFewProviders, BookTooThin, OrderTooSmall)
_IS_REFUSED = (InvalidInput, Unauthenticated, Forbidden)


@contextmanager
def asking(server: str) -> Iterator[AsyncClient]:
    """Yield a client of the service at that address; what it raises ends the command."""
    if not server.startswith(("http://", "https://")):
        rest = server.partition("://")[2] or server
        stop(f"{server} is no address of a service; write http://{rest}, or https://{rest}.", REFUSED)
    try:
        yield AsyncClient(server, api_key=os.environ.get(KEY_VARIABLE) or None)
    except Problem as problem:
        stop(_said(problem), _status(problem))
    except CrossrateError as error:
        stop(str(error), UNAVAILABLE)
    except ValueError as error:
        stop(str(error), REFUSED)


def as_json(value: object) -> Any:  # noqa: ANN401, PLR0911 -- any JSON, a line for each kind
    """Return a model of the client as the API answered it."""
    match value:
        case Decimal():
            return plain(value)
        case datetime():
            return int(value.timestamp())
        case date():
            return value.isoformat()
        case tuple() | list():
            return [as_json(each) for each in value]
        case dict():
            return {name: as_json(each) for name, each in value.items()}
        case _ if is_dataclass(value):
            members = ((field.name, getattr(value, field.name)) for field in fields(value))
            return {name: as_json(member) for name, member in members if member is not None}
        case _:
            return value


def _status(problem: Problem) -> int:
    if isinstance(problem, _IS_NO):
        return NO
    return REFUSED if isinstance(problem, _IS_REFUSED) else UNAVAILABLE


def _said(problem: Problem) -> str:
    if isinstance(problem, Unauthenticated):
        return f"{problem} Set {KEY_VARIABLE} to an API key of the service."
    return str(problem)
