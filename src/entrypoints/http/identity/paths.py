"""What the paths of identity name."""

from typing import Any

from aiohttp import web

from domain.errors import InvalidInput, NoSuchObject
from domain.identity.user import Username

ID: dict[str, dict[str, Any]] = {"id": {"type": "string", "format": "uuid"}}
NAME: dict[str, dict[str, Any]] = {"username": {"type": "string"}}


def name_in_path(request: web.Request) -> Username:
    """Return the name of a user. Raises `NoSuchObject` for what is none."""
    try:
        return Username(request.match_info["username"])
    except InvalidInput as error:
        raise NoSuchObject("there is no such user") from error
