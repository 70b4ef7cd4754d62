"""`python -m tests.integration.server.failing_service`: the service with a conversion that raises."""

from collections.abc import AsyncIterator
from decimal import Decimal
from typing import NoReturn

from aiohttp import web

from application.market_data.freshness import Generations
from application.ports.clock import Clock
from application.rates.convert import Convert
from entrypoints.http.app import create_app
from entrypoints.http.rates.routes import CONVERT
from entrypoints.settings.settings import load_settings
from tests.unit.fakes.meter import FakeMeter

SECRET = "a detail that no answer may show"  # noqa: S105 -- no password


class MidnightClock(Clock):
    def now(self) -> float:
        return 0.0


class FailingConvert(Convert):
    async def __call__(self, **_: object) -> NoReturn:
        raise ZeroDivisionError(SECRET, Decimal(1))


async def _fail(app: web.Application) -> AsyncIterator[None]:
    app[CONVERT] = FailingConvert(markets={}, generations=Generations(MidnightClock()), meter=FakeMeter())
    yield


def main() -> None:
    settings = load_settings()
    app = create_app(settings)
    app.cleanup_ctx.append(_fail)  # after the service's own, whose use case it replaces
    web.run_app(app, host=settings.host, port=settings.port, access_log=None, print=None)


if __name__ == "__main__":
    main()
