"""Recorded streams, replayed through a socket, give the books that another reading of the recording gives."""

import gzip
import json
import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import pytest

from adapters.binance.feed import BinanceFeed
from adapters.coinbase.feed import CoinbaseFeed
from adapters.kucoin.feed import KuCoinFeed
from adapters.okx.feed import OkxFeed
from adapters.rest.registered_exchange import FeedParts
from application.market_data.feeds.dated_books import DatedBooks
from application.market_data.feeds.streamed_books import StreamedBooks
from application.market_data.ports.feed import Feed
from tests.contracts.feed_contract import reading
from tests.feeds.stream_server import BinanceStreams, CoinbaseStreams, KuCoinStreams, OkxStreams, StreamServer
from tests.unit.application.market_data.feeds.exhausted import exhausted
from tests.unit.fakes.clock import NOON, FakeClock
from tests.unit.fakes.meter import FakeMeter

FOLDER = os.environ.get("CROSSRATE_RECORDED_DATA")

pytestmark = pytest.mark.skipif(FOLDER is None, reason="CROSSRATE_RECORDED_DATA names no folder")

FRAMES = {
    "binance": ("ws_bookTicker.jsonl.gz", 84),
    "kucoin": ("ws_ticker.jsonl.gz", 844),
    "okx": ("ws_tickers.jsonl.gz", 37),
    "coinbase": ("ws_ticker.jsonl.gz", 110),
}
SERVERS: dict[str, tuple[type[StreamServer], Callable[[FeedParts], Feed]]] = {
    "binance": (BinanceStreams, BinanceFeed),
    "kucoin": (KuCoinStreams, KuCoinFeed),
    "okx": (OkxStreams, OkxFeed),
    "coinbase": (CoinbaseStreams, CoinbaseFeed),
}


def frames_of(exchange: str) -> list[str]:
    with gzip.open(Path(FOLDER or "") / exchange / FRAMES[exchange][0], "rt") as lines:
        recorded = [json.loads(line) for line in lines]
    return [each["raw"] for each in recorded if each["dir"] == "recv"]


def last_books(exchange: str, frames: list[str]) -> dict[str, tuple[str, str]]:
    """Fold the recording independently: the book with the highest sequence of each symbol."""
    return {symbol: prices for _, symbol, prices in sorted(_rows(exchange, frames))}


def _rows(exchange: str, frames: list[str]) -> Iterator[tuple[int, str, tuple[str, str]]]:
    for frame in map(json.loads, frames):
        data = frame.get("data")
        if exchange == "coinbase":
            if frame["type"] == "ticker":
                yield frame["sequence"], frame["product_id"], (frame["best_bid"], frame["best_ask"])
        elif data is not None and exchange == "binance":
            yield data["u"], data["s"], (data["b"], data["a"])
        elif data is not None and exchange == "okx":
            for row in data:
                yield int(row["ts"]), row["instId"], (row["bidPx"], row["askPx"])
        elif data is not None:
            yield int(data["sequence"]), frame["topic"].split(":")[1], (data["bestBid"], data["bestAsk"])


@pytest.mark.parametrize("exchange", SERVERS)
async def test_a_recording_gives_exactly_the_books_of_an_independent_fold(exchange: str) -> None:
    frames = frames_of(exchange)
    assert len(frames) == FRAMES[exchange][1]
    expected = last_books(exchange, frames)
    speaks, make_feed = SERVERS[exchange]
    server = speaks()
    books = DatedBooks(exchange) if exchange == "coinbase" else StreamedBooks(exchange)
    books.opened(1)
    async with server.running(), aiohttp.ClientSession() as session:
        url = server.url.replace("http", "ws")
        parts = FeedParts(url=url, rest_url=server.url, session=session, clock=FakeClock(), meter=FakeMeter())
        async with reading(make_feed(parts), *expected) as (_, reader):
            before = len(reader.frames)
            for frame in frames:
                await server.push_text(frame)
            await reader.until(frames=before + len(frames))
            books.take(1, reader.rows, NOON)
    built = exhausted(books.built(NOON))
    assert built is not None
    prices = built.by_symbol
    assert dict(zip(prices.symbols, zip(prices.bids, prices.asks, strict=True), strict=True)) == expected
    assert not any(not frame.is_readable for frame in reader.frames)
    if exchange == "coinbase":
        assert built.older == last_trades(frames)


def last_trades(frames: list[str]) -> dict[str, float]:
    """Return when each product last traded, by another reading of the times."""
    rows = [row for row in map(json.loads, frames) if row["type"] == "ticker"]
    times = {row["product_id"]: row["time"] for row in sorted(rows, key=lambda row: row["sequence"])}
    utc = "%Y-%m-%dT%H:%M:%S.%fZ"
    return {symbol: datetime.strptime(time, utc).replace(tzinfo=UTC).timestamp() for symbol, time in times.items()}
