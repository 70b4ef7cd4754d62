"""Batches of plain lines are answered byte for byte like other batches, whatever is known of their routes already."""

import asyncio
import gc
import json
import re
from decimal import Decimal

import orjson
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from domain.rates.book import RateType
from domain.rates.errors import UnknownExchange
from domain.rates.market_snapshot import MarketSnapshot
from entrypoints.http.problem_pages.catalogue import PROBLEM_TABLE
from entrypoints.http.rates.batch_lines import ReadLine, UsualDefaults
from entrypoints.http.rates.batch_requests import batch_in_body, read_all
from entrypoints.http.rates.batch_writing import LineWriter, body_of
from entrypoints.http.rates.plain_amounts import plain_amounts
from entrypoints.http.rates.plain_batches import PlainBatches
from entrypoints.http.server.problems import Problem
from tests.unit.application.rates.harness import ConversionHarness, count_of_lines_from_memory
from tests.unit.fakes.exchange import Prices
from tests.unit.fakes.slices import ROWS_PER_SLICE, most_during_a_request, rows_take, rows_take_a_tenth_of_a_slice

BINANCE: dict[str, Prices] = {"BTC/USDT": ("10", "10.5"), "ETH/BTC": ("0.02", "0.02"), "1000SATS/USDT": ("3", "3")}
KUCOIN: dict[str, Prices] = {"KCS/USDT": ("5", "7"), "BTC/USDT": ("11", "11")}

CURRENCIES = ["BTC", "btc", "USDT", "ETH", "KCS", "SATS", "1000SATS", "NONE", "币安人生", "not one!", ""]
AMOUNTS = [1, 0, 100, "0.25", "1e3", "1.50", 7.5, "007", "-1", "1_0", "", "\u0661", None, [1], "0.0000000000000000010"]

LINES = st.fixed_dictionaries(
    {
        "currency_from": st.sampled_from(CURRENCIES),
        "currency_to": st.sampled_from(CURRENCIES),
        "amount": st.sampled_from(AMOUNTS) | st.integers(0, 10**20).map(str) | st.integers(0, 10**60),
    }
)
SHARED = st.fixed_dictionaries(
    {"cache_max_seconds": st.sampled_from([20, 3600])},
    optional={
        "exchange": st.sampled_from(["binance", "KuCoin", None]),
        "rate_type": st.sampled_from(["mid", "executable"]),
        "include_route": st.booleans(),
    },
)
# What all lines of a batch say alike.
OWN = st.fixed_dictionaries(
    {},
    optional={
        "exchange": st.sampled_from(["binance", "KuCoin", "nowhere", "best", None]),
        "cache_max_seconds": st.sampled_from([20, 3600, 0, None]),
        "rate_type": st.sampled_from(["mid", "executable"]),
        "include_route": st.booleans(),
    },
)
BTC: dict[str, object] = {"currency_from": "BTC", "currency_to": "USDT", "amount": "1"}


def body_with(lines: list[dict[str, object]], shared: dict[str, object]) -> bytes:
    return json.dumps({"conversions": lines, **shared}).encode()  # orjson writes no long numbers


def writer() -> LineWriter:
    return LineWriter(PROBLEM_TABLE, "")


async def like_others(harness: ConversionHarness, body: bytes) -> bytes:
    lines = await read_all(batch_in_body(body))
    outcomes = iter(await harness.many([each.line for each in lines if isinstance(each, ReadLine)]))
    written, write = [], writer().written
    for each in lines:
        outcome = each if isinstance(each, Problem) else next(outcomes)
        if isinstance(outcome, UnknownExchange) and isinstance(each, ReadLine) and each.uses_default_exchange:
            raise outcome
        written.append(write(each, outcome))
    return body_of(written)


async def in_one_pass(harness: ConversionHarness, batches: PlainBatches, body: bytes) -> bytes:
    lines = batch_in_body(body)
    plain = lines.plain
    if plain is None or not plain.defaults.cache_max_seconds:
        return await like_others(harness, body)
    return await batches.answer(lines, plain, writer())


BATCHES = st.tuples(st.lists(LINES, min_size=1, max_size=12), SHARED, OWN, st.booleans())


@given(st.lists(BATCHES, min_size=1, max_size=4))
@example(
    [([BTC | {"amount": each}], {"cache_max_seconds": 60}, {}, False) for each in (1, "2.50", 7.5, "0.0000000000001")]
)
@example([([BTC, BTC], {"cache_max_seconds": 60}, {"exchange": "nowhere"}, False)])
@example([([BTC, BTC], {"cache_max_seconds": 60}, {"exchange": "best"}, False)])
def test_plain_lines_are_answered_like_others(
    batches: list[tuple[list[dict[str, object]], dict[str, object], dict[str, object], bool]],
) -> None:
    async def answer_all() -> None:
        one, other = ConversionHarness(BINANCE, KUCOIN), ConversionHarness(BINANCE, KUCOIN)
        plain = PlainBatches(one.many)
        for number, (lines, shared, own, moves) in enumerate(batches, start=1):
            for harness in (one, other):
                harness.clock.advance(25 if moves else 0)
                harness.binance.trade(BINANCE | {"BTC/USDT": (f"{number}.25", f"{number}.5")})
            body = body_with([line | own for line in lines], shared)
            assert await in_one_pass(one, plain, body) == await like_others(other, body)
            assert one.meter.conversions == other.meter.conversions
            assert one.meter.prices == other.meter.prices

    asyncio.run(answer_all())


async def test_a_long_batch_yields_and_is_written_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    harness = ConversionHarness(BINANCE, KUCOIN)
    batches = PlainBatches(harness.many)
    body = body_with([BTC | {"amount": number} for number in range(1000)], {"cache_max_seconds": 60})
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    await in_one_pass(harness, batches, body)
    rows_take(monkeypatch, slices=1)  # as 200 lines do, about
    counting = asyncio.create_task(count())
    answered = orjson.loads(await in_one_pass(harness, batches, body))["conversions"]
    counting.cancel()
    assert turns >= 12
    assert [float(each["result"]) for each in answered] == [10.25 * number for number in range(1000)]
    assert harness.meter.conversions == {("binance", RateType.MID, 1): 2000}


async def test_a_request_waits_for_one_slice_of_lines_whose_routes_are_not_known_yet(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    harness = ConversionHarness(BINANCE, KUCOIN)
    await harness.convert("BTC", "USDT")
    searched = count_of_lines_from_memory(monkeypatch)
    rows_take_a_tenth_of_a_slice(monkeypatch)
    batches = PlainBatches(harness.many)
    body = body_with([BTC | {"currency_to": "NONE"}] * 90, {"cache_max_seconds": 60})
    working: list[asyncio.Task[object]] = [asyncio.create_task(in_one_pass(harness, batches, body)) for _ in range(5)]
    assert await most_during_a_request(working, searched) <= 2 * ROWS_PER_SLICE
    assert searched() == 5 * 90


async def test_lines_that_say_the_same_besides_are_plain() -> None:
    own = {"exchange": "binance", "cache_max_seconds": 30, "rate_type": "executable", "include_route": True}
    plain = batch_in_body(body_with([BTC | own, BTC | own], {"cache_max_seconds": 60})).plain
    assert plain is not None
    assert plain.defaults == UsualDefaults("binance", RateType.EXECUTABLE, 30, include_route=True)
    for differing in ({**own, "cache_max_seconds": 31}, {"exchange": "binance"}, {}):
        assert batch_in_body(body_with([BTC | own, BTC | differing], {})).plain is None


AMOUNTS_OF_BATCHES: st.SearchStrategy[str | float] = st.sampled_from(
    [3, 2**63, 7.5, 1e-7, "1", "1.50", "0.0000001", "1.2.3", ".5", "5.", "", ".", "1,5", "1e3", "9" * 41, "\u0661"]
)


@given(st.lists(AMOUNTS_OF_BATCHES, min_size=1, max_size=6))
def test_amounts_that_are_read_together_are_read_like_one(amounts: list[str | float]) -> None:
    plain = batch_in_body(body_with([BTC | {"amount": amount} for amount in amounts], {})).plain
    assert plain is not None
    together = plain_amounts(plain.lines)
    texts = list(map(str, amounts))
    are_usual = all(re.fullmatch(r"[0-9]+(\.[0-9]+)?", text, re.ASCII) and len(text) <= 40 for text in texts)
    assert (None if together is None else list(together)) == (list(map(Decimal, texts)) if are_usual else None)


async def test_prices_are_not_kept_in_memory_for_the_next_batch() -> None:
    harness = ConversionHarness({"BTC/USDT": ("123.4", "123.4")})
    batches = PlainBatches(harness.many)
    await in_one_pass(harness, batches, body_with([BTC], {"cache_max_seconds": 60}))
    assert snapshots_with_bid("123.4") == 1
    harness.clock.advance(30)
    harness.binance.trade({"BTC/USDT": ("5", "5")})
    await harness.convert("BTC", "USDT")
    assert snapshots_with_bid("123.4") == 0


def snapshots_with_bid(bid: str) -> int:
    gc.collect()
    snapshots = [each for each in gc.get_objects() if type(each) is MarketSnapshot]
    return sum(bid in each.book_tickers.by_symbol.bids for each in snapshots)


async def test_mixed_spellings_of_a_pair_have_no_templates() -> None:
    harness = ConversionHarness(BINANCE, KUCOIN)
    batches = PlainBatches(harness.many)
    spellings = [BTC | {"currency_from": code} for code in ("btc", "Btc", "BTC", "bTC", "BTC")]
    for _ in range(2):
        await in_one_pass(harness, batches, body_with(spellings, {"exchange": "binance", "cache_max_seconds": 60}))
    assert [list(each.by_ends) for kept in batches._kept.values() for each in kept.values()] == [
        [("BTC", "USDT"), ("btc", "USDT")]
    ]
