"""One coin, one spelling; and never another coin than the one that was asked for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.currency import Currency
from domain.errors import InvalidCurrency, InvalidInput

KELVIN, ANGSTROM = "\u212a", "\u212b"  # NFKC makes them K and Å
LOOK_ALIKES = [
    "ſol",
    "ﬁl",
    "ıcp",
    "ＢＴＣ",
    "ＢＴc",
    KELVIN + "CS",
    ANGSTROM,
    "straße",
    "ǆx",
    "é",
    "①INCH",
    "BТC",
    "ΕTH",
]
NOT_TICKERS = [
    "",
    " BTC ",
    "BTC ",
    "BTC\n",
    "BTC&symbol=ETH",
    "BTC/USDT",
    "BTC:USDT",
    "BTC\x00",
    "BT\u200bC",
    "BT\ud800",
    "B" * 21,
    "币" * 21,
    "B" * 100_000,
    "币" * 100_000,
]


@pytest.mark.parametrize(("text", "ticker"), [("btc", "BTC"), ("uSdT", "USDT"), ("LYXe", "LYXE"), ("1inch", "1INCH")])
def test_ascii_letters_are_upper_cased(text: str, ticker: str) -> None:
    assert Currency(text) == ticker


@pytest.mark.parametrize("text", ["BTC", "1000SATS", "币安人生", "$MYRO", "A", "B" * 20, "BTC-3L", "X_Y", "N.A"])
def test_a_ticker_as_the_exchanges_write_it_is_taken_as_it_is(text: str) -> None:
    assert Currency(text) == text


def test_the_ascii_letters_of_a_mixed_ticker_are_upper_cased_too() -> None:
    assert Currency("币btc") == "币BTC"


@pytest.mark.parametrize("text", LOOK_ALIKES, ids=ascii)
def test_a_look_alike_sign_is_rejected_instead_of_turned_into_another_coin(text: str) -> None:
    with pytest.raises(InvalidCurrency, match="look-alike"):
        Currency(text)


@pytest.mark.parametrize("text", NOT_TICKERS, ids=lambda text: ascii(text[:20]))
def test_what_no_exchange_lists_is_rejected(text: str) -> None:
    with pytest.raises(InvalidCurrency):
        Currency(text)


@pytest.mark.parametrize("text", [" BTC", "btc ", "BTC\n", "B\tTC", "BT\u200bC", "\ufeffBTC", "B\u00adTC", "BTC\u202e"])
def test_who_cannot_see_what_is_wrong_is_told_what_to_write(text: str) -> None:
    with pytest.raises(InvalidCurrency, match=r"invisible character; write BTC$"):
        Currency(text)


@pytest.mark.parametrize("text", ["B C", "BTC/USDT", " ", "\u200b", "<b>"])
def test_nothing_is_suggested_that_may_not_be_meant(text: str) -> None:
    with pytest.raises(InvalidCurrency, match=r"letters and digits, such as BTC$"):
        Currency(text)


def test_a_rejected_currency_is_invalid_input() -> None:
    assert issubclass(InvalidCurrency, InvalidInput)


def test_a_currency_is_checked_once_and_then_returned_as_it_is() -> None:
    btc = Currency("btc")
    assert Currency(btc) is btc


@given(st.text(max_size=25))
def test_any_text_is_either_rejected_or_changed_only_in_ascii_case(text: str) -> None:
    try:
        currency = Currency(text)
    except InvalidCurrency:
        return
    assert [a for a in currency if not a.isascii()] == [a for a in text if not a.isascii()]
    assert currency.encode().lower() == text.encode().lower()


@given(st.text(max_size=25))
def test_a_canonical_spelling_stays_what_it_is(text: str) -> None:
    try:
        currency = Currency(text)
    except InvalidCurrency:
        return
    assert Currency(str(currency)) == currency
