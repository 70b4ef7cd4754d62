"""What counts as listed, and what as a price."""

import pytest

from domain.currency import Currency
from domain.errors import InvalidPair
from domain.pair import Pair
from domain.rates.book_tickers import BookTickers
from domain.rates.errors import NothingTradable
from domain.rates.instruments import Instrument, Instruments
from domain.rates.trading_rules import NO_RULES

BTC, USDT, TRX = Currency("BTC"), Currency("USDT"), Currency("TRX")


def instruments(*rows: tuple[str, str, str]) -> Instruments:
    return Instruments.of("kucoin", rows, 1.0)


def pairs(made: Instruments) -> dict[str, str]:
    return {each.symbol: str(each.pair) for each in made}


def test_a_listing_keeps_the_exchange_s_own_symbols() -> None:
    made = instruments(("TUSDT", "T", "USDT"), ("BTC-USDT", "BTC", "USDT"))
    assert pairs(made) == {"TUSDT": "T/USDT", "BTC-USDT": "BTC/USDT"}
    assert (made.exchange, made.observed_at) == ("kucoin", 1.0)


def test_a_respelled_ticker_takes_its_upper_case_name_if_no_other_coin_has_it() -> None:
    made = instruments(("LYXe-USDT", "LYXe", "USDT"), ("LYXe-ETH", "LYXe", "ETH"))
    assert pairs(made) == {"LYXe-USDT": "LYXE/USDT", "LYXe-ETH": "LYXE/ETH"}


@pytest.mark.parametrize("is_last", [False, True])
def test_a_respelled_ticker_is_left_out_beside_the_coin_of_that_name(is_last: bool) -> None:
    rows = [("LYXe-USDT", "LYXe", "USDT"), ("LYXE-BTC", "LYXE", "BTC"), ("BTC-USDT", "BTC", "USDT")]
    made = instruments(*(rows[::-1] if is_last else rows))
    assert pairs(made) == {"LYXE-BTC": "LYXE/BTC", "BTC-USDT": "BTC/USDT"}


def test_a_respelled_quote_is_left_out_beside_the_coin_of_that_name() -> None:
    made = instruments(("A-USDt", "A", "USDt"), ("A-USDT", "A", "USDT"))
    assert pairs(made) == {"A-USDT": "A/USDT"}


def test_of_two_respellings_of_one_name_neither_is_listed() -> None:
    made = instruments(("lyxe-BTC", "lyxe", "BTC"), ("LYXe-BTC", "LYXe", "BTC"), ("ETH-BTC", "ETH", "BTC"))
    assert pairs(made) == {"ETH-BTC": "ETH/BTC"}


def test_a_halted_coin_keeps_its_name() -> None:
    rows = [("LYXe-BTC", "LYXe", "BTC"), ("ETH-BTC", "ETH", "BTC")]
    made = Instruments.of("kucoin", rows, 1.0, halted=[("LYXE-BTC", "LYXE", "BTC")])
    assert pairs(made) == {"ETH-BTC": "ETH/BTC"}


def test_rows_with_invalid_tickers_are_left_out_and_the_rest_is_kept() -> None:
    made = instruments(
        ("ＢＴＣ-USDT", "ＢＴＣ", "USDT"),
        ("BTC-BTC", "BTC", "BTC"),
        ("-USDT", "", "USDT"),
        ("A B-USDT", "A B", "USDT"),
        ("X" * 21, "X" * 21, "USDT"),
        ("币安人生USDT", "币安人生", "USDT"),
        ("BTC-USDT", "BTC", "USDT"),
    )
    assert pairs(made) == {"BTC-USDT": "BTC/USDT", "币安人生USDT": "币安人生/USDT"}


def test_a_symbol_that_comes_twice_is_listed_once() -> None:
    assert pairs(instruments(("S", "BTC", "USDT"), ("S", "TRX", "USDT"))) == {"S": "BTC/USDT"}


@pytest.mark.parametrize("rows", [[], [("BTC-BTC", "BTC", "BTC")]], ids=["no row", "no usable row"])
def test_a_listing_without_a_usable_row_is_an_error_and_not_a_market(rows: list[tuple[str, str, str]]) -> None:
    with pytest.raises(NothingTradable):
        instruments(*rows)


def test_a_listing_knows_the_neighbours_of_each_currency() -> None:
    made = instruments(("BTC-USDT", "BTC", "USDT"), ("TRX-USDT", "TRX", "USDT"), ("USDT-BTC", "USDT", "BTC"))
    assert made.lists(BTC)
    assert made.lists(USDT)
    assert not made.lists(Currency("NONE"))
    assert set(made.neighbours(USDT)) == {BTC, TRX}
    assert made.neighbours(Currency("NONE")) == {}
    assert made.between(BTC, USDT) == ("BTC-USDT", "USDT-BTC")
    assert made.between(USDT, BTC) == made.between(BTC, USDT)
    assert made.between(BTC, TRX) == ()


def test_listings_are_equal_when_they_hold_the_same() -> None:
    made = instruments(("S", "BTC", "USDT"))
    assert list(made) == [Instrument("S", Pair(BTC, USDT), NO_RULES)]
    assert made == instruments(("S", "BTC", "USDT"), ("X", "BTC", "BTC"))
    assert made != instruments(("S", "TRX", "USDT"))
    assert made != Instruments.of("binance", made.pairs.rows, 1.0)
    assert made != Instruments.of("kucoin", made.pairs.rows, 2.0)


def test_the_same_pairs_are_indexed_once_however_often_they_are_read() -> None:
    rows = [("BTC-USDT", "BTC", "USDT"), ("TRX-USDT", "TRX", "USDT")]
    made, again = (
        instruments(*rows),
        Instruments.of("kucoin", [(symbol, base, quote) for symbol, base, quote in rows], 2.0),
    )
    assert again.pairs is made.pairs
    assert again.observed_at == 2.0
    assert Instruments.of("kucoin", rows, 3.0, halted=[("X-USDT", "X", "USDT")]).pairs is not made.pairs


def test_books_without_a_sane_book_are_left_out_and_the_rest_is_kept() -> None:
    made = BookTickers.of(
        "binance",
        [("DEAD", "0", "0"), ("CROSSED", "2", "1"), ("NAN", "NaN", "NaN"), ("GOOD", "1.10", "1.2"), ("WORD", "x", "1")],
        1.0,
    )
    assert {symbol: (str(book.bid), str(book.ask)) for symbol, book in made.by_symbol.items()} == {
        "GOOD": ("1.10", "1.2")
    }
    assert (made.exchange, made.observed_at) == ("binance", 1.0)


@pytest.mark.parametrize("rows", [[], [("DEAD", "0", "0")]], ids=["no row", "no sane row"])
def test_books_without_one_sane_book_are_an_error_and_not_a_market(rows: list[tuple[str, str, str]]) -> None:
    with pytest.raises(NothingTradable):
        BookTickers.of("binance", rows, 1.0)


def test_a_currency_is_not_traded_against_itself() -> None:
    with pytest.raises(InvalidPair, match="BTC cannot be traded against itself"):
        Pair(BTC, Currency("btc"))
