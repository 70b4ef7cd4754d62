"""A document read in slices gives the same rows as in one piece."""

import asyncio
import json
from collections.abc import Callable, Generator
from typing import Any, Generic, TypeVar

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from adapters.rest import rows
from adapters.rest.rows import MARK, MIN_ROWS_JUDGED, KeyedRowsDecoder, RowsDecoder
from application.concurrency.cooperative import run_cooperatively

T = TypeVar("T")


class Ticker(msgspec.Struct):
    symbol: str
    bid: str


class Keyed(msgspec.Struct, Generic[T]):
    result: T


class Snapshot(msgspec.Struct, Generic[T]):
    code: str
    ticker: T


TICKERS: RowsDecoder[Snapshot[Any], Ticker] = RowsDecoder(Snapshot, Ticker, ("ticker",))

KEYED: KeyedRowsDecoder[Keyed[Any], Ticker] = KeyedRowsDecoder(Keyed, Ticker, ("result",))

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

SPACES = st.sampled_from(["", "", " ", "\r\n\t"])
OBJECTS = st.dictionaries(SYMBOLS, st.one_of(GOOD_ROWS, GOOD_ROWS, GOOD_ROWS, OTHER_ROWS), max_size=12)
KEYED_DOCUMENTS = st.one_of(
    OBJECTS.map(lambda each: {"error": [], "result": each}),
    OBJECTS.map(lambda each: {"result": each, "error": []}),
    st.tuples(OBJECTS, OBJECTS).map(lambda two: {"before": two[0], "result": two[1]}),
    st.tuples(OBJECTS, OBJECTS).map(lambda two: {"result": two[0], "after": two[1]}),
    OBJECTS,
    LISTS.map(lambda each: {"result": each}),
)

# Lists that look like the one of the rows, and stand before it.
NESTED = {"code": "1", "ticker": [{"more": [{"symbol": "IN", "bid": "1"}] * 2, "symbol": "NEST", "bid": "1"}]}
BEFORE = {"before": [{"symbol": "IN", "bid": "1"}] * 2, "code": "1", "ticker": ["cut off here"]}
KEYED_NESTED = {"result": {"K": {"more": {"A": {"symbol": "IN"}, "B": {"symbol": "IN"}}, "symbol": "N", "bid": "1"}}}
KEYED_BEFORE = {"before": {"result": {"A": {"symbol": "IN", "bid": "1"}, "B": {"symbol": "I"}}}, "result": {MARK: 0}}
KEYED_LIKE_THE_MARK = {"result": {"A": {"symbol": "A", "bid": "1"}, MARK: {"symbol": "B", "bid": "1"}}}


def finished(steps: Generator[None, None, T]) -> T:
    return asyncio.run(run_cooperatively(steps))


def outcome(body: bytes) -> tuple[str, list[Ticker]] | None:
    try:
        document, good = finished(TICKERS.in_steps(body))
    except msgspec.DecodeError:
        return None
    return document.code, good


def keyed_outcome(body: bytes) -> dict[str, Ticker] | None:
    try:
        return finished(KEYED.in_steps(body))[1]
    except msgspec.DecodeError:
        return None


def in_slices(body: bytes, read: Callable[[bytes], T]) -> T:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rows, "SLICE_BYTES", 1)
        return read(body)


def number_of_steps(steps: Generator[None, None, object]) -> int:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rows, "SLICE_BYTES", 1)
        return sum(1 for _ in steps)


def compact(document: object) -> bytes:
    return json.dumps(document, separators=(",", ":")).encode()


def spaced(document: object, spaces: str) -> bytes:
    separators = f"{spaces},{spaces}", f"{spaces}:{spaces}"
    return json.dumps(document, separators=separators, ensure_ascii=False).encode(errors="replace")


def whole(count: int, bad: int = 0) -> bytes:
    good = [{"symbol": f"S{number}", "bid": "1"} for number in range(count - bad)]
    return compact({"code": "200000", "ticker": good + [{"symbol": "BAD", "bid": 1}] * bad})


@given(document=DOCUMENTS, position=st.integers(0, 400), is_broken=st.booleans(), spaces=SPACES)
@example(document=NESTED, position=0, is_broken=False, spaces="")
@example(document=BEFORE, position=0, is_broken=False, spaces="")
def test_slices_hold_what_the_whole_holds_even_of_a_broken_document(
    *, document: object, position: int, is_broken: bool, spaces: str
) -> None:
    body = spaced(document, spaces) if spaces else compact(document)
    if is_broken:
        body = body[:position] + body[position + 1 :]
    assert in_slices(body, outcome) == outcome(body)


@given(document=KEYED_DOCUMENTS, position=st.integers(0, 400), is_broken=st.booleans(), spaces=SPACES)
@example(document=KEYED_NESTED, position=0, is_broken=False, spaces="")
@example(document=KEYED_BEFORE, position=0, is_broken=False, spaces="")
@example(document=KEYED_LIKE_THE_MARK, position=0, is_broken=False, spaces="")
def test_slices_of_a_keyed_object_hold_what_the_whole_holds_even_of_a_broken_document(
    *, document: object, position: int, is_broken: bool, spaces: str
) -> None:
    body = spaced(document, spaces) if spaces else compact(document)
    if is_broken:
        body = body[:position] + body[position + 1 :]
    assert in_slices(body, keyed_outcome) == keyed_outcome(body)


@pytest.mark.parametrize("first", ["symbol", "bid", "altname", "a key: with {odd} \u00fc signs"])
@pytest.mark.parametrize("spaces", ["", " ", "\n  "])
def test_rows_are_cut_whatever_their_first_field_is_and_however_they_are_spaced(first: str, spaces: str) -> None:
    listed = [{first: "1"} | {"symbol": f"S{number}", "bid": "1"} for number in range(50)]
    lists = spaced({"code": "1", "ticker": listed}, spaces)
    assert number_of_steps(TICKERS.in_steps(lists)) >= 49
    objects = spaced({"result": {row["symbol"]: row for row in listed}}, spaces)
    assert number_of_steps(KEYED.in_steps(objects)) >= 49


def test_rows_of_a_keyed_object_are_read_with_their_keys() -> None:
    body = compact({"result": {f"K{number}": {"bid": "1", "symbol": f"S{number}"} for number in range(50)}})
    read = in_slices(body, keyed_outcome)
    assert read is not None
    assert [(key, row.symbol) for key, row in read.items()] == [(f"K{number}", f"S{number}") for number in range(50)]


def test_every_row_of_every_slice_is_read_in_its_order() -> None:
    read = in_slices(whole(50), outcome)
    assert read is not None
    assert [each.symbol for each in read[1]] == [f"S{number}" for number in range(50)]


def test_half_a_surrogate_pair_costs_its_row_only() -> None:
    body = whole(50).replace(b'"S20"', rb'"\ud800"').replace(b'"S30"', b'"\xff"')
    read = in_slices(body, outcome)
    assert read is not None
    assert [each.symbol for each in read[1] if each.symbol != "?"] == [
        f"S{number}" for number in range(50) if number not in (20, 30)
    ]


def test_bad_rows_of_all_slices_are_judged_together() -> None:
    assert in_slices(whole(MIN_ROWS_JUDGED, bad=5), outcome) is not None
    assert in_slices(whole(MIN_ROWS_JUDGED, bad=6), outcome) is None


async def test_other_tasks_run_between_two_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "SLICE_BYTES", 1)
    rounds = 0

    async def count() -> None:
        nonlocal rounds
        while True:
            rounds += 1
            await asyncio.sleep(0)

    counting = asyncio.create_task(count())
    await run_cooperatively(TICKERS.in_steps(whole(50)))
    counting.cancel()
    assert rounds >= 49
