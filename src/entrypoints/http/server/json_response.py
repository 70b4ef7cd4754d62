"""Answers that a model describes."""

from aiohttp import web
from pydantic import BaseModel


def json_response(answer: BaseModel, status: int = 200) -> web.Response:
    """Answer with the model, without members that are None."""
    body = answer.model_dump_json(exclude_none=True).encode()
    return web.Response(body=body, status=status, content_type="application/json")
