"""The control endpoint: counts the calls to each exchange, sets its fault, and shows its true books."""

from collections.abc import Awaitable, Callable, Mapping
from decimal import Decimal
from typing import Annotated, TypeVar

import orjson
from aiohttp import web
from pydantic import Field, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from entrypoints.simulator.faults.kinds import ANY_FAULT
from entrypoints.simulator.streams.kinds import ANY_STREAM_FAULT
from entrypoints.simulator.streams.streams import Streams
from entrypoints.simulator.venues.venue import Venue

_BALANCES: TypeAdapter[dict[str, Decimal]] = TypeAdapter(
    dict[str, Annotated[Decimal, Field(ge=0, le=Decimal("1e15"), allow_inf_nan=False)]]
)


Valid = TypeVar("Valid")


class _Rejected(Exception):
    def __init__(self, status: int, *errors: tuple[str, str]) -> None:
        self.status = status
        self.errors = errors


def add_control(
    app: web.Application, venues: Mapping[str, Venue], streams: Mapping[str, Streams], tick: Callable[[], int]
) -> None:
    """Add the routes under /control."""
    control = _Control(venues, streams, tick)
    app.router.add_get("/control", _json(control.state))
    app.router.add_get("/control/books", _json(control.books))
    app.router.add_get("/control/streams", _json(control.all_streams))
    app.router.add_put("/control/streams/{exchange}/fault", _json(control.set_stream_fault))
    app.router.add_delete("/control/streams/{exchange}/fault", _json(control.end_stream_fault))
    app.router.add_put("/control/faults/{exchange}", _json(control.set_fault))
    app.router.add_delete("/control/faults/{exchange}", _json(control.end_fault))
    app.router.add_get("/control/trading/{exchange}", _json(control.trading))
    app.router.add_put("/control/trading/{exchange}/balances", _json(control.set_balances))
    app.router.add_post("/control/reset", _json(control.reset))


def _json(act: Callable[[web.Request, bytes], object]) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def handle(request: web.Request) -> web.Response:
        try:
            document, status = act(request, await request.read()), 200
        except _Rejected as rejected:
            errors = [{"field": field, "message": message} for field, message in rejected.errors]
            document, status = {"errors": errors}, rejected.status
        return web.Response(body=orjson.dumps(document), status=status, content_type="application/json")

    return handle


class _Control:
    def __init__(self, venues: Mapping[str, Venue], streams: Mapping[str, Streams], tick: Callable[[], int]) -> None:
        self._venues = venues
        self._streams = streams
        self._tick = tick

    def state(self, *_: object) -> object:
        exchanges = {name: venue.state() for name, venue in self._venues.items()}
        return {"tick": self._tick(), "exchanges": exchanges}

    def books(self, request: web.Request, _: bytes) -> object:
        venue = self._venue(request.query.get("exchange", ""))
        text = request.query.get("tick", str(self._tick()))
        if not (text.isascii() and text.isdigit() and len(text) <= 12):
            raise _Rejected(422, ("tick", "must be a whole number of 0 or more, of at most 12 digits"))
        return {"exchange": venue.name, "tick": int(text), "books": venue.exchange.books(int(text))}

    def all_streams(self, *_: object) -> object:
        return {"tick": self._tick(), "exchanges": {name: each.state() for name, each in self._streams.items()}}

    def set_stream_fault(self, request: web.Request, body: bytes) -> object:
        streams = self._streams_of(request)
        fault = _valid(ANY_STREAM_FAULT, body)
        if not streams.can_have(fault):
            able = sorted(name for name, each in self._streams.items() if each.can_have(fault))
            raise _Rejected(422, ("kind", f"only {' and '.join(able)} can have the fault {fault.kind}"))
        streams.set_fault(fault)
        return self.all_streams()

    def end_stream_fault(self, request: web.Request, _: bytes) -> object:
        self._streams_of(request).set_fault(None)
        return self.all_streams()

    def set_fault(self, request: web.Request, body: bytes) -> object:
        venue = self._venue(request.match_info["exchange"])
        fault = _valid(ANY_FAULT, body)
        if not venue.exchange.can_have(fault):
            able = sorted(each.name for each in self._venues.values() if each.exchange.can_have(fault))
            raise _Rejected(422, ("kind", f"only {' and '.join(able)} can have the fault {fault.kind}"))
        venue.set_fault(fault)
        return self.state()

    def end_fault(self, request: web.Request, _: bytes) -> object:
        self._venue(request.match_info["exchange"]).set_fault(None)
        return self.state()

    def trading(self, request: web.Request, _: bytes) -> object:
        state = self._venue(request.match_info["exchange"]).exchange.trading_state()
        if state is None:
            raise _Rejected(404, ("exchange", "takes no orders"))
        return state

    def set_balances(self, request: web.Request, body: bytes) -> object:
        venue = self._venue(request.match_info["exchange"])
        balances = _valid(_BALANCES, body)
        venue.exchange.set_balances(balances)
        return self.trading(request, b"")

    def reset(self, *_: object) -> object:
        for venue in self._venues.values():
            venue.forget()
        for streams in self._streams.values():
            streams.forget()
        return self.state()

    def _streams_of(self, request: web.Request) -> Streams:
        name = request.match_info["exchange"]
        if name not in self._streams:
            raise _Rejected(404, ("exchange", f"must be one of {', '.join(self._streams)}"))
        return self._streams[name]

    def _venue(self, name: str) -> Venue:
        if name not in self._venues:
            raise _Rejected(404, ("exchange", f"must be one of {', '.join(self._venues)}"))
        return self._venues[name]


def _valid(kind: TypeAdapter[Valid], body: bytes) -> Valid:
    try:
        return kind.validate_json(body)
    except ValidationError as error:
        raise _Rejected(422, *((_place(found), found["msg"]) for found in error.errors())) from error


def _place(found: ErrorDetails) -> str:
    if found["loc"]:
        return str(found["loc"][-1])  # the parts before it are the fault's kind
    return "kind" if found["type"].startswith("union_tag") else "body"
