"""A client of the simulated exchanges' streams."""

import asyncio
import json
from typing import Any, TypeAlias

import aiohttp
from aiohttp import WSMsgType

Json: TypeAlias = Any

BTC_AND_ETH = "/binance/stream?streams=btcusdt@bookTicker/ethusdt@bookTicker"


async def heard(socket: aiohttp.ClientWebSocketResponse) -> Json:
    """Return the next message."""
    return json.loads(await socket.receive_str(timeout=5))


async def all_heard(socket: aiohttp.ClientWebSocketResponse) -> list[Json]:
    """Return the next messages, until none has come for a while."""
    return [await heard(socket), *await others_heard(socket)]


async def others_heard(socket: aiohttp.ClientWebSocketResponse) -> list[Json]:
    """Return the next messages, if any come soon."""
    messages = []
    while True:
        try:
            messages.append(json.loads(await socket.receive_str(timeout=0.2)))
        except TimeoutError:
            return messages


async def closed(socket: aiohttp.ClientWebSocketResponse) -> int | None:
    """Wait for the end, and return its close code."""
    async with asyncio.timeout(5):
        while (message := await socket.receive()).type not in {WSMsgType.CLOSE, WSMsgType.CLOSED, WSMsgType.ERROR}:
            pass
    return message.data if message.type is WSMsgType.CLOSE else socket.close_code


async def got(client: aiohttp.ClientSession, path: str) -> Json:
    """Ask over REST."""
    async with client.get(path) as response:
        return await response.json()


async def bullet(client: aiohttp.ClientSession) -> tuple[str, Json]:
    """Return an address at KuCoin that may be connected to, and the document that named it."""
    async with client.post("/kucoin/api/v1/bullet-public") as response:
        document = await response.json()
    server = document["data"]["instanceServers"][0]
    return f"{server['endpoint']}?token={document['data']['token']}&connectId=mine", document


def subscribing(topic: str, number: str = "1") -> Json:
    """Return a subscription at KuCoin."""
    return {"id": number, "type": "subscribe", "topic": topic, "privateChannel": False, "response": True}


async def subscribed(client: aiohttp.ClientSession, topic: str) -> aiohttp.ClientWebSocketResponse:
    """Connect to KuCoin and subscribe."""
    address, _ = await bullet(client)
    socket = await client.ws_connect(address)
    await heard(socket)
    await socket.send_json(subscribing(topic))
    await heard(socket)
    return socket
