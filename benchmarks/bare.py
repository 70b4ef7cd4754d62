"""The yardstick: aiohttp, uvloop and pydantic with nothing between them.

It checks the same body, field by field as strictly as pydantic's own types can, in its one quick way
(`model_validate_json`), and answers the same JSON as the service, which it is told beforehand and writes anew each
time. No exact reading of numbers, no duplicate keys, no request id, no market, no arithmetic.
"""

import os
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


def bare_app(answers: list[dict[str, object]] | None = None) -> web.Application:
    """Make the application. The answers come from the file that the environment names when they are not given."""
    if answers is None:
        answers = orjson.loads(Path(os.environ[ANSWERS_VARIABLE]).read_bytes())
    known = {(answer["currency_from"], answer["currency_to"]): answer for answer in answers}

    async def convert(request: web.Request) -> web.Response:
        try:
            asked = BareRequest.model_validate_json(await request.read())
        except ValidationError:
            return web.Response(status=422)
        answer = orjson.dumps(known[asked.currency_from, asked.currency_to])
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
