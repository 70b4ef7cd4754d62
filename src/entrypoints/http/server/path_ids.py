"""Read ids in the path of a request."""

from uuid import UUID

from aiohttp import web

from domain.errors import NoSuchObject


def id_in_path(request: web.Request, name: str, kind: str) -> UUID:
    """Return the id that the route calls `name`. What is no id is the id of no `kind`: raises `NoSuchObject`."""
    try:
        return UUID(request.match_info[name])
    except ValueError as error:
        raise NoSuchObject(f"there is no such {kind}") from error
