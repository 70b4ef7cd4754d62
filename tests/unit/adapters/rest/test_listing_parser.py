"""The same listing is parsed once, and the smallest change of it is noticed."""

import json
from collections.abc import Generator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.binance.messages import instruments_in
from adapters.rest.listing_parser import ListingParser
from domain.rates.errors import NothingTradable
from domain.rates.instruments import Instruments
from tests.unit.adapters.parsing import parsed

NOON = 1_700_000_000.0


class Counted:
    """Binance's parser, counting how often it runs."""

    def __init__(self) -> None:
        self.runs = 0
        self.listing = ListingParser(self._parse, changing_number="serverTime")

    def __call__(self, body: bytes, observed_at: float = NOON) -> Instruments:
        return parsed(self.listing.in_steps(body, observed_at))

    def _parse(self, body: bytes, observed_at: float) -> Generator[None, None, Instruments]:
        self.runs += 1
        return (yield from instruments_in(body, observed_at))


@pytest.fixture
def parse() -> Counted:
    return Counted()


def body(time: object = 1, status: str = "TRADING", tick_size: str = "0.01", **more: object) -> bytes:
    row = {"symbol": "BTCUSDT", "baseAsset": "BTC", "quoteAsset": "USDT", "isSpotTradingAllowed": True}
    row |= {"status": status, "filters": [{"filterType": "PRICE_FILTER", "tickSize": tick_size}]}
    rows = [row | more, row | {"symbol": "ETHUSDT", "baseAsset": "ETH", "status": "TRADING"}]
    return json.dumps({"timezone": "UTC", "serverTime": time, "symbols": rows}).encode()


def test_a_listing_that_differs_in_the_server_s_time_alone_is_parsed_once_and_dated_anew(parse: Counted) -> None:
    first, second = parse(body(time=1), NOON), parse(body(time=1_700_000_001_000), NOON + 30)
    assert parse.runs == 1
    assert (first.observed_at, second.observed_at) == (NOON, NOON + 30)
    assert second.pairs is first.pairs
    assert second.rules is first.rules  # by which the cache knows that nothing has changed


@pytest.mark.parametrize(
    "changed",
    [
        body(status="BREAK"),
        body(tick_size="0.02"),
        body(baseAsset="BTX"),
        body(isSpotTradingAllowed=False),
        body()[:-2] + b" ]}",
        body().replace(b"UTC", b"CET"),
        body() + b" ",
        b" " + body(),
    ],
    ids=range(8),
)
def test_any_other_change_is_parsed(parse: Counted, changed: bytes) -> None:
    parse(body())
    assert parse(changed) == parsed(instruments_in(changed, NOON))
    assert parse.runs == 2


@pytest.mark.parametrize("time", ["now", -1, 1.5, None])
def test_only_digits_may_be_in_place_of_the_time(parse: Counted, time: object) -> None:
    parse(body())
    parse(body(time=time))
    assert parse.runs == 2


@pytest.mark.parametrize("broken", [body()[:-1], b"", b"{}", b'{"serverTime":1'])
def test_an_answer_that_is_no_longer_a_listing_fails(parse: Counted, broken: bytes) -> None:
    parse(body())
    with pytest.raises(ValueError, match=r"."):
        parse(broken)


def test_a_listing_after_a_failed_one_is_still_known(parse: Counted) -> None:
    first = parse(body())
    with pytest.raises(NothingTradable):
        parse(b'{"serverTime":1,"symbols":[]}')
    assert parse(body()).pairs is first.pairs
    assert parse.runs == 2


def test_an_exchange_without_a_changing_number_is_compared_byte_by_byte() -> None:
    listing = ListingParser(instruments_in)
    first, other = parsed(listing.in_steps(body(), NOON)), parsed(listing.in_steps(body(time=2), NOON))
    assert first == other
    assert parsed(listing.in_steps(body(time=2), NOON)).rules is other.rules
    assert other.rules is not first.rules


@given(st.lists(st.tuples(st.integers(0, 12), st.sampled_from(["TRADING", "BREAK"]), st.sampled_from(["1", "0.1"]))))
def test_it_always_says_what_parsing_afresh_says(steps: list[tuple[int, str, str]]) -> None:
    parse = Counted()
    for time, status, tick_size in steps:
        document = body(time, status, tick_size)
        assert parse(document, NOON + time) == parsed(instruments_in(document, NOON + time))
