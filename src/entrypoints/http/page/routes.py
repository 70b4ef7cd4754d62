"""The web page: `/` and its views for browsers, and their assets. Programs that ask `/` for JSON get the index."""

import asyncio
from collections.abc import Mapping

import orjson
import structlog
from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from entrypoints.http.docs.index import HAS_DOCS, get_index, prefers_html
from entrypoints.http.page.assets import get_asset, loaded_assets
from entrypoints.http.page.convert_view import PARAMETERS, USUAL, answer_html, convert_view, problem_html, waiting_html
from entrypoints.http.page.headers import HEADERS
from entrypoints.http.page.shell import page
from entrypoints.http.page.views import VIEWS, View
from entrypoints.http.rates.convert_requests import convert_request_of_parameters
from entrypoints.http.rates.routes import GET as CONVERT
from entrypoints.http.rates.routes import conversion_asked
from entrypoints.http.server.access.problems import CHALLENGE, UNAUTHENTICATED
from entrypoints.http.server.app_keys import CONTAINER, PROBLEM_TABLE
from entrypoints.http.server.common_problems import INVALID_INPUT
from entrypoints.http.server.problems import INTERNAL_ERROR, Problem
from entrypoints.settings.settings import Settings

# `/` alone is drawn without an answer where that would take longer; its script fetches it.
FIRST_ANSWER_SECONDS = 0.2

# As in convert.js.
NOT_THEN = "This page converts at the prices of now. History shows past ones; GET /api/v1/convert takes at."


log = structlog.get_logger()


def page_routes(settings: Settings) -> list[web.RouteDef]:
    """Return the routes of the page, which the OpenAPI document leaves out."""
    return [
        web.get("/", _root(CONVERT.access.guard(_converted, settings))),
        *(web.get(f"/{view.name}", _view(view)) for view in VIEWS if view.name),
        web.get("/assets/{hash}/{name:.+}", get_asset),
    ]


def _view(view: View) -> Handler:
    async def get_view(request: web.Request) -> web.Response:
        return await _page(request, view)

    return get_view


def _root(convert: Handler) -> Handler:
    """Return the handler of `/`. `convert` answers with a conversion, for those who may convert."""

    async def get_root(request: web.Request) -> web.Response:
        if not prefers_html(request):
            return await get_index(request)
        is_asked = not PARAMETERS.keys().isdisjoint(request.query)
        try:
            async with asyncio.timeout(None if is_asked else FIRST_ANSWER_SECONDS):
                answered = await convert(request)
        except TimeoutError:
            return await _convert_page(request, waiting_html(), reloads=True)
        except Exception as error:  # as around every handler: whatever it is, there is a problem to show
            problem = request.app[PROBLEM_TABLE].problem_of(error)
            if problem.kind is INTERNAL_ERROR:
                log.exception("request_failed", route="/")
            return await _problem_page(request, problem, status=problem.kind.status if is_asked else 200)
        assert isinstance(answered, web.Response)  # noqa: S101 -- the guard returns what it guards
        return answered

    return get_root


async def _converted(request: web.Request) -> web.Response:
    if request.query.get("at"):
        raise Problem(INVALID_INPUT, NOT_THEN, {"errors": []})
    asked = _asked(request)
    parameters = {PARAMETERS.get(name, name): text for name, text in asked.items() if text}
    body = await conversion_asked(request, convert_request_of_parameters({**parameters, "include_route": "true"}))
    answer = orjson.loads(body)
    return await _convert_page(request, answer_html(answer, asked["amount"]), body.decode(), answer["result"])


async def _problem_page(request: web.Request, problem: Problem, status: int) -> web.Response:
    response = await _convert_page(request, problem_html(problem))
    response.set_status(status)
    response.headers.update(problem.headers)
    if problem.kind is UNAUTHENTICATED:  # not Basic, for which a browser would ask before it shows the page
        response.headers[hdrs.WWW_AUTHENTICATE] = CHALLENGE
    return response


async def _convert_page(
    request: web.Request, answer: str, data: str = "", result: str = "", *, reloads: bool = False
) -> web.Response:
    names = [each.name for each in request.app[CONTAINER].rates().list_tradable().exchanges()]
    content = convert_view(_asked(request), names, answer, result)
    return await _page(request, VIEWS[0], content, data, reloads=reloads)


async def _page(
    request: web.Request, view: View, content: str = "", data: str = "", *, reloads: bool = False
) -> web.Response:
    text = page(view, await loaded_assets(), content, data, has_docs=request.app[HAS_DOCS], reloads=reloads)
    return web.Response(body=text.encode(), headers=HEADERS)


def _asked(request: web.Request) -> Mapping[str, str]:
    """Return what the address asks; what it leaves open is as usual, and what means nothing here is ignored."""
    return {name: request.query.get(name, usual) for name, usual in USUAL.items()}
