"""Answers that a model describes."""

from aiohttp import web
from pydantic import BaseModel


def json_response(answer: BaseModel, status: int = 200) -> web.Response:
    """Answer with the model, without members that are None."""
    return web.Response(body=answer.model_dump_json(exclude_none=True), status=status, content_type="application/json")
