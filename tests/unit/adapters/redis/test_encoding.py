"""Market data comes back from its bytes as it was, and damaged bytes are no market data."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.redis.encoding import InstrumentsEncoder, decode_book_tickers, decode_instruments, encode_book_tickers
from domain.rates.book_tickers import BookTickers
from domain.rates.instruments import Instruments
from domain.rates.trading_rules import TradingRules

SOURCE = "https://binance.example"
OBSERVED_AT = 1_714_302_000.25
RULES = TradingRules.parse("0.01", "0.00001", "0.00001", "5", "0.001")
ROWS = [("BTCUSDT", "BTC", "USDT"), ("ETHUSDT", "ETH", "USDT"), ("ETHBTC", "ETH", "BTC")]
INSTRUMENTS = Instruments.of(
    "binance",
    ROWS,
    OBSERVED_AT,
    rules={"BTCUSDT": RULES, "ETHUSDT": RULES},
    aliases=[("XBT", "BTC")],
)
BOOK_TICKERS = BookTickers.of("binance", [("BTCUSDT", "99.10", "101"), ("ETHBTC", "0.05", "0.051")], OBSERVED_AT)


def encoded(instruments: Instruments) -> bytes:
    return InstrumentsEncoder().encode(instruments, SOURCE)


def test_instruments_come_back_with_rules_aliases_and_lag() -> None:
    late = replace(INSTRUMENTS, lag_seconds=1.5)
    decoded = decode_instruments(encoded(late), "binance", SOURCE)
    assert decoded is not None
    assert (decoded.exchange, decoded.observed_at, decoded.lag_seconds) == ("binance", OBSERVED_AT, 1.5)
    assert list(decoded.pairs.rows) == ROWS
    assert decoded.rules == {"BTCUSDT": RULES, "ETHUSDT": RULES}
    assert {str(alias): str(code) for alias, code in decoded.aliases.items()} == {"XBT": "BTC"}


async def test_book_tickers_come_back_with_every_digit_and_lag() -> None:
    value = encode_book_tickers(replace(BOOK_TICKERS, lag_seconds=0.5), SOURCE)
    decoded = await decode_book_tickers(value, "binance", SOURCE)
    assert decoded is not None
    assert (decoded.observed_at, decoded.lag_seconds) == (OBSERVED_AT, 0.5)
    prices = decoded.by_symbol
    assert (prices.symbols, prices.bids, prices.asks) == (
        BOOK_TICKERS.by_symbol.symbols,
        BOOK_TICKERS.by_symbol.bids,
        BOOK_TICKERS.by_symbol.asks,
    )


def test_rules_that_pairs_share_are_stored_once() -> None:
    symbols = [(f"A{number}USDT", f"A{number}", "USDT") for number in range(100)]
    sharing = Instruments.of("binance", symbols, OBSERVED_AT, rules={symbol: RULES for symbol, _, _ in symbols})
    assert encoded(sharing).count(b"0.00001") == encoded(INSTRUMENTS).count(b"0.00001")


def test_an_encoder_that_has_seen_the_instruments_encodes_their_new_time() -> None:
    encoder = InstrumentsEncoder()
    encoder.encode(INSTRUMENTS, SOURCE)
    later = replace(INSTRUMENTS, observed_at=OBSERVED_AT + 60)
    others = Instruments.of("binance", ROWS[:2], OBSERVED_AT + 120)
    for instruments in (later, others, later):
        assert encoder.encode(instruments, SOURCE) == encoded(instruments)


@pytest.mark.parametrize(("exchange", "source"), [("kucoin", SOURCE), ("binance", "http://127.0.0.1:8090")])
async def test_values_of_another_exchange_or_source_are_not_used(exchange: str, source: str) -> None:
    assert decode_instruments(encoded(INSTRUMENTS), exchange, source) is None
    assert await decode_book_tickers(encode_book_tickers(BOOK_TICKERS, SOURCE), exchange, source) is None


async def test_one_kind_is_not_read_as_the_other() -> None:
    assert decode_instruments(encode_book_tickers(BOOK_TICKERS, SOURCE), "binance", SOURCE) is None
    assert await decode_book_tickers(encoded(INSTRUMENTS), "binance", SOURCE) is None


@given(st.data())
async def test_damaged_bytes_are_nothing_or_whole_and_never_raise(data: st.DataObject) -> None:
    value = bytearray(data.draw(st.sampled_from([encoded(INSTRUMENTS), encode_book_tickers(BOOK_TICKERS, SOURCE)])))
    for _ in range(data.draw(st.integers(1, 3))):
        value[data.draw(st.integers(0, len(value) - 1))] ^= data.draw(st.integers(1, 255))
    damaged = bytes(value[: data.draw(st.integers(0, len(value)))])
    instruments = decode_instruments(damaged, "binance", SOURCE)
    book_tickers = await decode_book_tickers(damaged, "binance", SOURCE)
    assert instruments is None or 0 < len(list(instruments.pairs.rows)) <= len(ROWS)
    assert book_tickers is None or 0 < len(book_tickers.by_symbol.symbols) <= 2
