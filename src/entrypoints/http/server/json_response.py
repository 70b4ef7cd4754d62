"""Answers that a model describes."""

from aiohttp import web
from pydantic import BaseModel


def json_response(answer: BaseModel, status: int = 200, *, shows_none: bool = False) -> web.Response:
    """Answer with the model, without members that are None unless it `shows_none`."""
    body = answer.model_dump_json(exclude_none=not shows_none).encode()
    return web.Response(body=body, status=status, content_type="application/json")
