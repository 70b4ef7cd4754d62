"""Reads a request's query into a model. Anything wrong with it raises `Problem`."""

from typing import TypeVar

from aiohttp import web
from multidict import MultiDict
from pydantic import BaseModel

from entrypoints.http.server.access.presented_credentials import KEY_HEADER, KEY_PARAMETER
from entrypoints.http.server.app_keys import ACCEPTS_KEY_IN_QUERY
from entrypoints.http.server.common_problems import FieldError, invalid_input
from entrypoints.http.server.validation import validated

Request = TypeVar("Request", bound=BaseModel)


def request_in_query(request: web.Request, schema: type[Request]) -> Request:
    """Read the parameters for a schema whose fields all take text."""
    return validated(schema, query_parameters(request))


def query_parameters(request: web.Request) -> dict[str, str]:
    """Return the parameters without an API key, which is read elsewhere. Rejects a parameter given twice."""
    query = request.query
    if KEY_PARAMETER in query:
        if not request.app[ACCEPTS_KEY_IN_QUERY]:
            raise invalid_input([FieldError(KEY_PARAMETER, f"is not accepted here; send it as {KEY_HEADER}")])
        query = MultiDict((name, text) for name, text in query.items() if name != KEY_PARAMETER)
    repeated = [
        FieldError(name, "is given more than once") for name in dict.fromkeys(query) if len(query.getall(name)) > 1
    ]
    if repeated:
        raise invalid_input(repeated)
    return dict(query)
