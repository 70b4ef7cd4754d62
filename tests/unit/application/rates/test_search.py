"""A search finds codes before names, and beginnings before the rest."""

import pytest

from application.rates.search import CODE_BEGINS, CONTAINED, NAME_BEGINS, Search, haystack_of
from domain.currency_names import name_of


@pytest.mark.parametrize(
    ("text", "codes", "rank"),
    [
        ("us", ("USD",), CODE_BEGINS),
        (" DOLL ", ("USD",), NAME_BEGINS),
        ("ollar", ("USD",), CONTAINED),
        ("btcusd", ("BTCUSDT", "BTC", "USDT"), CODE_BEGINS),
        ("nothing", ("USD",), None),
    ],
)
def test_a_text_matches_codes_and_names_in_any_case(text: str, codes: tuple[str, ...], rank: int | None) -> None:
    assert Search.of(text).rank(haystack_of(codes, tuple(map(name_of, codes)))) == rank
