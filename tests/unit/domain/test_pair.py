"""Pairs, as they are written."""

import pytest

from domain.errors import InvalidCurrency, InvalidPair
from domain.pair import Pair


@pytest.mark.parametrize(
    ("text", "written"), [("BTC/USD", "BTC/USD"), ("btc/usdt", "BTC/USDT"), ("龙/USDT", "龙/USDT")]
)
def test_a_pair_is_written_with_a_slash(text: str, written: str) -> None:
    assert str(Pair.parse(text)) == written


@pytest.mark.parametrize("text", ["", "BTC", "BTCUSD", "BTC-USD", "BTC/USD/EUR", "BTC/BTC", "btc/BTC"])
def test_what_is_not_a_pair_is_rejected(text: str) -> None:
    with pytest.raises(InvalidPair):
        Pair.parse(text)


@pytest.mark.parametrize("text", ["/", "BTC/", "/USD", " BTC/USD", "ſol/USD", f"{'X' * 21}/USD"])
def test_a_pair_needs_two_tickers(text: str) -> None:
    with pytest.raises(InvalidCurrency):
        Pair.parse(text)
