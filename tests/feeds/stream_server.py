"""A server on a real socket that streams what a test sends, in the words of one exchange, or misbehaves."""

import asyncio
import json
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer

Json = dict[str, Any]


@dataclass(eq=False)
class OpenSocket:
    """A connection to the server, and the symbols that it is subscribed to."""

    socket: web.WebSocketResponse
    request: web.Request
    symbols: set[str] = field(default_factory=set)


class StreamServer(ABC):
    """`sockets` are the open connections; `opened` counts all that there were. Faults are set from outside."""

    def __init__(self) -> None:
        self.sockets: list[OpenSocket] = []
        self.opened = 0
        self.received: list[Json] = []
        self.handshake: tuple[int, Mapping[str, str]] | None = None  # in place of a WebSocket
        self.confirms = True
        self.refuses = False
        self.answers_pings = True
        self.received_at: list[float] = []
        self._pongs: set[bytes] = set()
        self._server: TestServer | None = None

    @property
    def url(self) -> str:
        assert self._server is not None
        return str(self._server.make_url("/")).rstrip("/")

    @asynccontextmanager
    async def running(self) -> AsyncIterator["StreamServer"]:
        app = web.Application()
        self.add_routes(app)
        self._server = TestServer(app)
        await self._server.start_server()
        try:
            yield self
        finally:
            await self.stop()

    async def stop(self) -> None:
        """Close all connections, and refuse new ones."""
        assert self._server is not None
        self.abort_all()
        await self._server.close()

    def abort_all(self) -> None:
        """Break all connections off, without a farewell."""
        for each in self.sockets:
            transport = each.request.transport
            if transport is not None:
                transport.abort()

    async def until_ponged(self, payload: bytes) -> None:
        """Wait until a ping with this payload is answered."""
        async with asyncio.timeout(5):
            while payload not in self._pongs:  # noqa: ASYNC110 -- a test waits
                await asyncio.sleep(0.01)

    async def close_all(self, code: int = 1000) -> None:
        for each in list(self.sockets):
            await each.socket.close(code=code)

    async def push(self, symbol: str, bid: str, ask: str, sequence: int) -> None:
        """Stream a book to those who are subscribed to the symbol."""
        text = self.book(symbol, bid, ask, sequence)
        for each in list(self.sockets):
            if self.is_subscribed(each, symbol):
                await each.socket.send_str(text)

    async def push_text(self, text: str) -> None:
        """Stream any text to everybody."""
        for each in list(self.sockets):
            await each.socket.send_str(text)

    def is_subscribed(self, each: OpenSocket, symbol: str) -> bool:
        return symbol in each.symbols

    @abstractmethod
    def add_routes(self, app: web.Application) -> None: ...

    @abstractmethod
    def book(self, symbol: str, bid: str, ask: str, sequence: int) -> str: ...

    @abstractmethod
    async def take(self, each: OpenSocket, message: Json) -> None: ...

    @abstractmethod
    async def greet(self, each: OpenSocket) -> None: ...

    @abstractmethod
    async def announce_end(self) -> None:
        """Tell everybody that their connections will be closed."""

    async def serve(self, request: web.Request) -> web.StreamResponse:
        if self.handshake is not None:
            status, headers = self.handshake
            return web.Response(status=status, headers=headers)
        socket = web.WebSocketResponse(autoping=False)
        await socket.prepare(request)
        each = OpenSocket(socket, request)
        self.sockets.append(each)
        self.opened += 1
        try:
            await self.greet(each)
            async for message in socket:
                if message.type is aiohttp.WSMsgType.PING and self.answers_pings:
                    await socket.pong(message.data)
                elif message.type is aiohttp.WSMsgType.PONG:
                    self._pongs.add(bytes(message.data))
                elif message.type is aiohttp.WSMsgType.TEXT:
                    await self.take_text(each, message.data)
        finally:
            self.sockets.remove(each)
        return socket

    async def take_text(self, each: OpenSocket, text: str) -> None:
        message = json.loads(text)
        self.received_at.append(asyncio.get_running_loop().time())
        self.received.append(message)
        await self.take(each, message)


class BinanceStreams(StreamServer):
    def add_routes(self, app: web.Application) -> None:
        app.router.add_get("/stream", self.serve)

    def book(self, symbol: str, bid: str, ask: str, sequence: int) -> str:
        row = f'{{"u":{sequence},"s":"{symbol}","b":"{bid}","B":"1.0","a":"{ask}","A":"2.0"}}'
        return f'{{"stream":"{symbol.lower()}@bookTicker","data":{row}}}'

    async def greet(self, each: OpenSocket) -> None:
        pass

    async def announce_end(self) -> None:
        await self.push_text('{"stream":"serverShutdown","data":{"e":"serverShutdown","E":1}}')

    async def take(self, each: OpenSocket, message: Json) -> None:
        if self.refuses:
            await each.socket.send_json({"error": {"code": 2, "msg": "Invalid request"}, "id": message["id"]})
            return
        symbols = {stream.partition("@")[0].upper() for stream in message["params"]}
        if message["method"] == "SUBSCRIBE":
            each.symbols |= symbols
        else:
            each.symbols -= symbols
        if self.confirms:
            await each.socket.send_json({"result": None, "id": message["id"]})


class KuCoinStreams(StreamServer):
    ping_interval_ms = 18000
    bullet: str | None = None  # in place of the true answer
    welcomes = True

    def add_routes(self, app: web.Application) -> None:
        app.router.add_post("/api/v1/bullet-public", self._bullet)
        app.router.add_get("/endpoint", self.serve)

    async def _bullet(self, _: web.Request) -> web.Response:
        if self.bullet is not None:
            return web.Response(text=self.bullet, content_type="application/json")
        server = {"endpoint": f"{self.url.replace('http', 'ws')}/endpoint", "encrypt": False, "protocol": "websocket"}
        times = {"pingInterval": self.ping_interval_ms, "pingTimeout": 10000}
        return web.json_response({"code": "200000", "data": {"token": "t", "instanceServers": [server | times]}})

    def book(self, symbol: str, bid: str, ask: str, sequence: int) -> str:
        row = f'"bestAsk":"{ask}","bestAskSize":"1","bestBid":"{bid}","bestBidSize":"2","price":"{bid}"'
        head = f'"type":"message","topic":"/market/ticker:all","subject":"{symbol}"'
        return f'{{{head},"data":{{{row},"sequence":"{sequence}","size":"1","time":1619378326126}}}}'

    def is_subscribed(self, each: OpenSocket, symbol: str) -> bool:  # noqa: ARG002 -- one topic has all
        return bool(each.symbols)

    async def greet(self, each: OpenSocket) -> None:
        if self.welcomes:
            await each.socket.send_json({"id": "x", "type": "welcome"})

    async def announce_end(self) -> None:
        await self.close_all()  # KuCoin announces nothing

    async def take(self, each: OpenSocket, message: Json) -> None:
        if message["type"] == "ping":
            if self.answers_pings:
                await each.socket.send_json({"id": message["id"], "type": "pong"})
            return
        if self.refuses:
            await each.socket.send_json({"id": message["id"], "type": "error", "code": 404, "data": "no such topic"})
            return
        if message["type"] == "subscribe":
            each.symbols.add("all")
        else:
            each.symbols.clear()
        if self.confirms:
            await each.socket.send_json({"id": message["id"], "type": "ack"})


class OkxStreams(StreamServer):
    def add_routes(self, app: web.Application) -> None:
        app.router.add_get("/ws/v5/public", self.serve)

    def book(self, symbol: str, bid: str, ask: str, sequence: int) -> str:
        head = f'"arg":{{"channel":"tickers","instId":"{symbol}"}}'
        row = f'"instType":"SPOT","instId":"{symbol}","last":"1","askPx":"{ask}","bidPx":"{bid}","ts":"{sequence}"'
        return f'{{{head},"data":[{{{row}}}]}}'

    async def greet(self, each: OpenSocket) -> None:
        pass

    async def announce_end(self) -> None:
        await self.push_text('{"event":"notice","code":"64008","msg":"The connection will soon be closed"}')

    async def take_text(self, each: OpenSocket, text: str) -> None:
        if text != "ping":
            await super().take_text(each, text)
        elif self.answers_pings:
            await each.socket.send_str("pong")

    async def take(self, each: OpenSocket, message: Json) -> None:
        for argument in message["args"]:
            (each.symbols.add if message["op"] == "subscribe" else each.symbols.discard)(argument["instId"])
            reply = {"id": message["id"], "event": message["op"], "arg": argument, "connId": "a4d3ae55"}
            if self.refuses:
                reply |= {"event": "error", "code": "60018", "msg": "Wrong URL or channel"}
            if self.confirms or self.refuses:
                await each.socket.send_json(reply)


class BybitStreams(StreamServer):
    def add_routes(self, app: web.Application) -> None:
        app.router.add_get("/v5/public/spot", self.serve)

    def book(self, symbol: str, bid: str, ask: str, sequence: int) -> str:
        data = f'"s":"{symbol}","b":[["{bid}","1"]],"a":[["{ask}","2"]],"u":1,"seq":1'
        return f'{{"topic":"orderbook.1.{symbol}","ts":{sequence},"type":"snapshot","data":{{{data}}},"cts":1}}'

    async def greet(self, each: OpenSocket) -> None:
        pass

    async def announce_end(self) -> None:
        await self.close_all()  # Bybit announces nothing

    async def take(self, each: OpenSocket, message: Json) -> None:
        reply = {"success": True, "ret_msg": "", "conn_id": "x", "req_id": message["req_id"], "op": message["op"]}
        if message["op"] == "ping":
            if self.answers_pings:
                await each.socket.send_json(reply | {"ret_msg": "pong"})
            return
        for topic in message["args"]:
            symbol = topic.removeprefix("orderbook.1.")
            (each.symbols.add if message["op"] == "subscribe" else each.symbols.discard)(symbol)
        if self.refuses:
            reply |= {"success": False, "ret_msg": "error:handler not found"}
        if self.confirms or self.refuses:
            await each.socket.send_json(reply)


class CoinbaseStreams(StreamServer):
    """Numbers are sequences, and each trade is a microsecond after the one before it, by these numbers."""

    def add_routes(self, app: web.Application) -> None:
        app.router.add_get("/", self.serve)

    def book(self, symbol: str, bid: str, ask: str, sequence: int) -> str:
        return self.trade(symbol, bid, ask, sequence, datetime(2024, 4, 28, tzinfo=UTC) + timedelta(0, 0, sequence))

    def trade(self, symbol: str, bid: str, ask: str, sequence: int, at: datetime) -> str:
        time = at.isoformat(timespec="microseconds").replace("+00:00", "Z")
        row = f'"type":"ticker","sequence":{sequence},"product_id":"{symbol}","price":"1","side":"buy","time":"{time}"'
        return f'{{{row},"best_bid":"{bid}","best_ask":"{ask}","trade_id":1,"last_size":"1"}}'

    async def greet(self, each: OpenSocket) -> None:
        pass

    async def announce_end(self) -> None:
        await self.close_all()  # Coinbase announces nothing

    async def take(self, each: OpenSocket, message: Json) -> None:
        if self.refuses:
            reason = {"message": "Failed to subscribe", "reason": "ticker is not a valid channel"}
            await each.socket.send_json({"type": "error"} | reason)
            return
        symbols = set(message["product_ids"])
        if message["type"] == "subscribe":
            each.symbols |= symbols
        else:
            each.symbols -= symbols
        if self.confirms:
            channels = [{"name": "ticker", "product_ids": sorted(each.symbols), "account_ids": None}]
            await each.socket.send_json({"type": "subscriptions", "channels": channels})


class KrakenStreams(StreamServer):
    listing: Json | None = None  # in place of the true one
    unknown = ""  # to streams, although it is listed

    def add_routes(self, app: web.Application) -> None:
        app.router.add_get("/0/public/AssetPairs", self._pairs)
        app.router.add_get("/v2", self.serve)

    async def _pairs(self, _: web.Request) -> web.Response:
        symbols = ("BTCUSDT", "ETHUSDT", "币安人生USDT", *(f"S{number}USDT" for number in range(450)))
        rows = {symbol: {"wsname": self.name(symbol)} for symbol in symbols}
        return web.json_response({"error": [], "result": rows} if self.listing is None else self.listing)

    def name(self, symbol: str) -> str:
        return f"{symbol.removesuffix('USDT')}/USDT"

    def book(self, symbol: str, bid: str, ask: str, sequence: int) -> str:
        made_at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=sequence)
        row = f'"symbol":"{self.name(symbol)}","bid":{bid},"bid_qty":1,"ask":{ask},"ask_qty":2,"last":1'
        text = made_at.isoformat(timespec="microseconds").replace("+00:00", "Z")
        return f'{{"channel":"ticker","type":"update","data":[{{{row},"timestamp":"{text}"}}]}}'

    async def greet(self, each: OpenSocket) -> None:
        pass

    async def announce_end(self) -> None:
        await self.close_all()  # Kraken announces nothing

    async def take(self, each: OpenSocket, message: Json) -> None:
        kind, number = message["method"], {"req_id": message["req_id"]}
        if kind == "ping":
            if self.answers_pings:
                await each.socket.send_json({"method": "pong"} | number)
            return
        for name in message["params"]["symbol"]:
            symbol = name.replace("/", "")
            (each.symbols.add if kind == "subscribe" else each.symbols.discard)(symbol)
            reply = {"method": kind, "success": True, "result": {"channel": "ticker", "symbol": name}} | number
            if self.refuses:
                reply = {"method": kind, "success": False, "error": "Exceeded msg rate"} | number
            elif symbol == self.unknown:
                error = f"Currency pair not supported {name}"
                reply = {"method": kind, "success": False, "error": error, "symbol": name} | number
            if self.confirms or self.refuses:
                await each.socket.send_json(reply)
