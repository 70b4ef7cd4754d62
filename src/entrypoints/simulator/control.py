"""The control endpoint: what the exchanges were asked, which faults they commit, and the true books."""

from collections.abc import Awaitable, Callable, Mapping

import orjson
from aiohttp import web
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from entrypoints.simulator.faults.kinds import ANY_FAULT, AnyFault
from entrypoints.simulator.venues.venue import Venue


class _Refused(Exception):
    def __init__(self, status: int, *errors: tuple[str, str]) -> None:
        self.status = status
        self.errors = errors


def add_control(app: web.Application, venues: Mapping[str, Venue], tick: Callable[[], int]) -> None:
    """Add the routes under /control."""
    control = _Control(venues, tick)
    app.router.add_get("/control", _told(control.state))
    app.router.add_get("/control/books", _told(control.books))
    app.router.add_put("/control/faults/{exchange}", _told(control.commit))
    app.router.add_delete("/control/faults/{exchange}", _told(control.stop))
    app.router.add_post("/control/reset", _told(control.reset))


def _told(act: Callable[[web.Request, bytes], object]) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def handle(request: web.Request) -> web.Response:
        try:
            document, status = act(request, await request.read()), 200
        except _Refused as refused:
            errors = [{"field": field, "message": message} for field, message in refused.errors]
            document, status = {"errors": errors}, refused.status
        return web.Response(body=orjson.dumps(document), status=status, content_type="application/json")

    return handle


class _Control:
    def __init__(self, venues: Mapping[str, Venue], tick: Callable[[], int]) -> None:
        self._venues = venues
        self._tick = tick

    def state(self, *_: object) -> object:
        exchanges = {name: venue.state() for name, venue in self._venues.items()}
        return {"tick": self._tick(), "exchanges": exchanges}

    def books(self, request: web.Request, _: bytes) -> object:
        venue = self._venue(request.query.get("exchange", ""))
        text = request.query.get("tick", str(self._tick()))
        if not (text.isascii() and text.isdigit() and len(text) <= 12):
            raise _Refused(422, ("tick", "must be a whole number of 0 or more, of at most 12 digits"))
        return {"exchange": venue.name, "tick": int(text), "books": venue.exchange.books(int(text))}

    def commit(self, request: web.Request, body: bytes) -> object:
        venue = self._venue(request.match_info["exchange"])
        fault = _fault(body)
        if not venue.exchange.commits(fault):
            able = sorted(each.name for each in self._venues.values() if each.exchange.commits(fault))
            raise _Refused(422, ("kind", f"{fault.kind} is a fault of {' and '.join(able)} alone"))
        venue.commit(fault)
        return self.state()

    def stop(self, request: web.Request, _: bytes) -> object:
        self._venue(request.match_info["exchange"]).commit(None)
        return self.state()

    def reset(self, *_: object) -> object:
        for venue in self._venues.values():
            venue.forget()
        return self.state()

    def _venue(self, name: str) -> Venue:
        if name not in self._venues:
            raise _Refused(404, ("exchange", f"must be one of {', '.join(self._venues)}"))
        return self._venues[name]


def _fault(body: bytes) -> AnyFault:
    try:
        return ANY_FAULT.validate_json(body)
    except ValidationError as error:
        raise _Refused(422, *((_place(found), found["msg"]) for found in error.errors())) from error


def _place(found: ErrorDetails) -> str:
    if found["loc"]:
        return str(found["loc"][-1])  # the parts before it are the fault's kind
    return "kind" if found["type"].startswith("union_tag") else "body"
