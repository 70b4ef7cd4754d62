"""Reads a request's query into a model. Anything wrong with it raises `Problem`."""

from typing import TypeVar

from aiohttp import web
from aiohttp.typedefs import Handler
from multidict import MultiDict
from pydantic import BaseModel

from entrypoints.http.server.access.presented_credentials import KEY_HEADER, KEY_PARAMETER
from entrypoints.http.server.app_keys import ACCEPTS_KEY_IN_QUERY
from entrypoints.http.server.common_problems import FieldError, invalid_input
from entrypoints.http.server.validation import LONGEST_FIELD, validated

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


def without_query(handler: Handler, body: type[BaseModel] | None) -> Handler:
    """Return a handler that rejects parameters, for endpoints that have none: they would be ignored silently.

    `body` is the schema of the request's body, where a parameter may belong.
    """

    async def handle(request: web.Request) -> web.StreamResponse:
        if request.rel_url.raw_query_string:
            unknown = [_misplaced(name, body) for name in query_parameters(request)]
            if unknown:
                raise invalid_input(unknown)
        return await handler(request)

    return handle


def _misplaced(name: str, body: type[BaseModel] | None) -> FieldError:
    shown = name[:LONGEST_FIELD]
    if body is not None and name in body.model_fields:
        return FieldError(shown, "belongs in the body: this request takes no parameters")
    return FieldError(shown, "is not a parameter of this request, which takes none")
