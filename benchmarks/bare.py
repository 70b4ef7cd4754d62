"""The bare handler that the service is compared with: aiohttp, uvloop and pydantic, and nothing else.

It validates the same body as strictly as pydantic's own types can (`model_validate_json`), and serialises the service's
answers, which it gets beforehand. It does not read numbers exactly, detect repeated keys, make request ids, hold a
market or calculate.
"""

import os
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal

import orjson
import uvloop
from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, StringConstraints, ValidationError

from entrypoints.http.rates.routes import PATH

ANSWERS_VARIABLE = "BENCHMARK_ANSWERS"
PORT_VARIABLE = "BENCHMARK_PORT"

Ticker = Annotated[str, StringConstraints(strict=True, to_upper=True, min_length=1, max_length=20)]


class BareRequest(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    currency_from: Ticker
    currency_to: Ticker
    amount: Annotated[Decimal, Field(ge=0, max_digits=40, allow_inf_nan=False)]
    exchange: str | None = None
    cache_max_seconds: Annotated[StrictInt, Field(ge=0, le=2**31 - 1)] | None = None
    rate_type: Literal["mid", "executable"] = "mid"
    include_route: StrictBool = False


def bare_answers(answers: list[dict[str, object]] | None = None) -> Callable[[bytes], bytes | None]:
    """Return what answers a body, with None if it is wrong. Without `answers` it reads the file of the environment."""
    if answers is None:
        answers = orjson.loads(Path(os.environ[ANSWERS_VARIABLE]).read_bytes())
    known = {(answer["currency_from"], answer["currency_to"]): answer for answer in answers}

    def answer(body: bytes) -> bytes | None:
        try:
            asked = BareRequest.model_validate_json(body)
        except ValidationError:
            return None
        return orjson.dumps(known[asked.currency_from, asked.currency_to])

    return answer


def bare_app(answers: list[dict[str, object]] | None = None) -> web.Application:
    """Make the application."""
    answer_to = bare_answers(answers)

    async def convert(request: web.Request) -> web.Response:
        answer = answer_to(await request.read())
        if answer is None:
            return web.Response(status=422)
        return web.Response(body=answer, content_type="application/json")

    app = web.Application()
    app.router.add_post(PATH, convert)
    return app


if __name__ == "__main__":
    web.run_app(
        bare_app(),
        host="127.0.0.1",
        port=int(os.environ[PORT_VARIABLE]),
        access_log=None,
        print=None,
        loop=uvloop.new_event_loop(),
    )
