"""What counts as listed, and what as a price."""

import pytest

from domain.currency import Currency
from domain.errors import InvalidPair, NothingTradable
from domain.market import Books, Instrument, Listing
from domain.pair import Pair

BTC, USDT, TRX = Currency("BTC"), Currency("USDT"), Currency("TRX")


def listing(*rows: tuple[str, str, str]) -> Listing:
    return Listing.of("kucoin", rows, 1.0)


def pairs(made: Listing) -> dict[str, str]:
    return {each.symbol: str(each.pair) for each in made.instruments}


def test_a_listing_keeps_the_exchange_s_own_symbols() -> None:
    made = listing(("TUSDT", "T", "USDT"), ("BTC-USDT", "BTC", "USDT"))
    assert pairs(made) == {"TUSDT": "T/USDT", "BTC-USDT": "BTC/USDT"}
    assert (made.exchange, made.observed_at) == ("kucoin", 1.0)


def test_a_respelled_ticker_bears_its_upper_case_name_where_it_is_alone() -> None:
    made = listing(("LYXe-USDT", "LYXe", "USDT"), ("LYXe-ETH", "LYXe", "ETH"))
    assert pairs(made) == {"LYXe-USDT": "LYXE/USDT", "LYXe-ETH": "LYXE/ETH"}


@pytest.mark.parametrize("is_last", [False, True])
def test_a_respelled_ticker_is_left_out_beside_the_coin_that_bears_its_name(is_last: bool) -> None:
    rows = [("LYXe-USDT", "LYXe", "USDT"), ("LYXE-BTC", "LYXE", "BTC"), ("BTC-USDT", "BTC", "USDT")]
    made = listing(*(rows[::-1] if is_last else rows))
    assert pairs(made) == {"LYXE-BTC": "LYXE/BTC", "BTC-USDT": "BTC/USDT"}


def test_a_respelled_quote_is_left_out_beside_the_coin_that_bears_its_name() -> None:
    made = listing(("A-USDt", "A", "USDt"), ("A-USDT", "A", "USDT"))
    assert pairs(made) == {"A-USDT": "A/USDT"}


def test_of_two_respellings_of_one_name_neither_is_listed() -> None:
    made = listing(("lyxe-BTC", "lyxe", "BTC"), ("LYXe-BTC", "LYXe", "BTC"), ("ETH-BTC", "ETH", "BTC"))
    assert pairs(made) == {"ETH-BTC": "ETH/BTC"}


def test_a_halted_coin_keeps_its_name() -> None:
    rows = [("LYXe-BTC", "LYXe", "BTC"), ("ETH-BTC", "ETH", "BTC")]
    made = Listing.of("kucoin", rows, 1.0, halted=[("LYXE-BTC", "LYXE", "BTC")])
    assert pairs(made) == {"ETH-BTC": "ETH/BTC"}


def test_rows_that_nobody_could_ask_for_are_left_out_and_the_rest_is_kept() -> None:
    made = listing(
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
    assert pairs(listing(("S", "BTC", "USDT"), ("S", "TRX", "USDT"))) == {"S": "BTC/USDT"}


@pytest.mark.parametrize("rows", [[], [("BTC-BTC", "BTC", "BTC")]], ids=["no row", "no usable row"])
def test_a_listing_without_a_usable_row_is_a_fault_and_not_a_market(rows: list[tuple[str, str, str]]) -> None:
    with pytest.raises(NothingTradable):
        listing(*rows)


def test_a_listing_knows_who_trades_against_whom() -> None:
    made = listing(("BTC-USDT", "BTC", "USDT"), ("TRX-USDT", "TRX", "USDT"), ("USDT-BTC", "USDT", "BTC"))
    assert made.lists(BTC)
    assert made.lists(USDT)
    assert not made.lists(Currency("NONE"))
    assert set(made.neighbours(USDT)) == {BTC, TRX}
    assert made.neighbours(Currency("NONE")) == {}
    assert made.between(BTC, USDT) == ("BTC-USDT", "USDT-BTC")
    assert made.between(USDT, BTC) == made.between(BTC, USDT)
    assert made.between(BTC, TRX) == ()


def test_listings_are_equal_when_they_hold_the_same() -> None:
    made = listing(("S", "BTC", "USDT"))
    assert made.instruments == (Instrument("S", Pair(BTC, USDT)),)
    assert made == listing(("S", "BTC", "USDT"), ("X", "BTC", "BTC"))
    assert made != listing(("S", "TRX", "USDT"))
    assert made != Listing.of("binance", made.pairs.rows, 1.0)
    assert made != Listing.of("kucoin", made.pairs.rows, 2.0)


def test_the_same_pairs_are_indexed_once_however_often_they_are_read() -> None:
    rows = [("BTC-USDT", "BTC", "USDT"), ("TRX-USDT", "TRX", "USDT")]
    made, again = listing(*rows), Listing.of("kucoin", [(symbol, base, quote) for symbol, base, quote in rows], 2.0)
    assert again.pairs is made.pairs
    assert again.observed_at == 2.0
    assert Listing.of("kucoin", rows, 3.0, halted=[("X-USDT", "X", "USDT")]).pairs is not made.pairs


def test_books_without_a_sane_book_are_left_out_and_the_rest_is_kept() -> None:
    made = Books.of(
        "binance",
        [("DEAD", "0", "0"), ("CROSSED", "2", "1"), ("NAN", "NaN", "NaN"), ("GOOD", "1.10", "1.2"), ("WORD", "x", "1")],
        1.0,
    )
    assert {symbol: (str(book.bid), str(book.ask)) for symbol, book in made.by_symbol.items()} == {
        "GOOD": ("1.10", "1.2")
    }
    assert (made.exchange, made.observed_at) == ("binance", 1.0)


@pytest.mark.parametrize("rows", [[], [("DEAD", "0", "0")]], ids=["no row", "no sane row"])
def test_books_without_one_sane_book_are_a_fault_and_not_a_market(rows: list[tuple[str, str, str]]) -> None:
    with pytest.raises(NothingTradable):
        Books.of("binance", rows, 1.0)


def test_a_currency_is_not_traded_against_itself() -> None:
    with pytest.raises(InvalidPair, match="BTC cannot be traded against itself"):
        Pair(BTC, Currency("btc"))
