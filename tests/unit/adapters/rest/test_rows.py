"""A document read in slices says what it says in one piece."""

import asyncio
import json
from typing import Any, Generic, TypeVar

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from adapters.rest import rows
from adapters.rest.rows import FEWEST_ROWS_JUDGED, RowsDecoder

T = TypeVar("T")


class Ticker(msgspec.Struct):
    symbol: str
    bid: str


class Snapshot(msgspec.Struct, Generic[T]):
    code: str
    ticker: list[T]


TICKERS: RowsDecoder[Snapshot[Any], Ticker] = RowsDecoder(Snapshot, Ticker, lambda snapshot: snapshot.ticker)

# Symbols that look like the place where a document is cut, or like its end.
SYMBOLS = st.one_of(
    st.sampled_from(["BTC", "币安人生", '},{"symbol":"', '"},{"symbol":"X', "]}", "\\", "\n"]), st.text()
)
GOOD_ROWS = st.fixed_dictionaries({"symbol": SYMBOLS, "bid": st.text(max_size=3)})
OTHER_ROWS: st.SearchStrategy[Any] = st.sampled_from(
    [
        None,
        7,
        "cut off here",
        [],
        {},
        {"symbol": 1, "bid": "1"},
        {"symbol": "X"},
        {"symbol": "X", "bid": None},
        {"bid": "1", "symbol": "TURNED"},
        {"symbol": "NEST", "bid": "1", "more": [{"symbol": "IN"}, {"symbol": "IN", "bid": "2"}]},
        {"more": [{"symbol": "IN", "bid": "1"}, {"symbol": "IN", "bid": "2"}], "symbol": "NEST", "bid": "1"},
    ]
)
LISTS = st.lists(st.one_of(GOOD_ROWS, GOOD_ROWS, GOOD_ROWS, OTHER_ROWS), max_size=12)
DOCUMENTS = st.one_of(
    LISTS.map(lambda each: {"code": "200000", "ticker": each}),
    LISTS.map(lambda each: {"ticker": each, "code": "200000", "time": 1}),
    st.tuples(LISTS, LISTS).map(lambda two: {"before": two[0], "code": "1", "ticker": two[1]}),
    st.tuples(LISTS, LISTS).map(lambda two: {"code": "1", "ticker": two[0], "after": two[1]}),
    LISTS,
)

# Lists that look like the one of the rows, and stand before it.
NESTED = {"code": "1", "ticker": [{"more": [{"symbol": "IN", "bid": "1"}] * 2, "symbol": "NEST", "bid": "1"}]}
BEFORE = {"before": [{"symbol": "IN", "bid": "1"}] * 2, "code": "1", "ticker": ["cut off here"]}


def outcome(body: bytes) -> tuple[str, list[Ticker]] | None:
    try:
        document, good = asyncio.run(TICKERS.decode(body))
    except msgspec.DecodeError:
        return None
    return document.code, good


def in_slices(body: bytes) -> tuple[str, list[Ticker]] | None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rows, "SLICE_BYTES", 1)
        return outcome(body)


def compact(document: object) -> bytes:
    return json.dumps(document, separators=(",", ":")).encode()


def whole(count: int, bad: int = 0) -> bytes:
    good = [{"symbol": f"S{number}", "bid": "1"} for number in range(count - bad)]
    return compact({"code": "200000", "ticker": good + [{"symbol": "BAD", "bid": 1}] * bad})


@given(document=DOCUMENTS, position=st.integers(0, 400), is_broken=st.booleans())
@example(document=NESTED, position=0, is_broken=False)
@example(document=BEFORE, position=0, is_broken=False)
def test_slices_hold_what_the_whole_holds_even_of_a_broken_document(
    *, document: object, position: int, is_broken: bool
) -> None:
    body = compact(document)
    if is_broken:
        body = body[:position] + body[position + 1 :]
    assert in_slices(body) == outcome(body)


def test_every_row_of_every_slice_is_read_in_its_order() -> None:
    read = in_slices(whole(50))
    assert read is not None
    assert [each.symbol for each in read[1]] == [f"S{number}" for number in range(50)]


def test_half_a_surrogate_pair_costs_its_row_only() -> None:
    body = whole(50).replace(b'"S20"', rb'"\ud800"').replace(b'"S30"', b'"\xff"')
    read = in_slices(body)
    assert read is not None
    assert [each.symbol for each in read[1] if each.symbol != "?"] == [
        f"S{number}" for number in range(50) if number not in (20, 30)
    ]


def test_bad_rows_of_all_slices_are_judged_together() -> None:
    assert in_slices(whole(FEWEST_ROWS_JUDGED, bad=5)) is not None
    assert in_slices(whole(FEWEST_ROWS_JUDGED, bad=6)) is None


async def test_others_have_their_turn_between_two_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "SLICE_BYTES", 1)
    fetch_lock = 0

    async def count() -> None:
        nonlocal fetch_lock
        while True:
            fetch_lock += 1
            await asyncio.sleep(0)

    counting = asyncio.create_task(count())
    await TICKERS.decode(whole(50))
    counting.cancel()
    assert fetch_lock >= 49
