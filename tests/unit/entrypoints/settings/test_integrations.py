"""What other programs are told is checked when the service starts."""

import pytest
from pydantic import ValidationError

from domain.currency import Currency
from domain.pair import Pair
from entrypoints.settings.integrations import IntegrationSettings


def settings(**chosen: str) -> IntegrationSettings:
    return IntegrationSettings(_env_file=None, **chosen)  # type: ignore[arg-type]  # as variables hold them


def test_pairs_and_ids_are_read_from_lists() -> None:
    read = settings(exported_pairs="btc/usd, EUR/USD,BTC/USD", coingecko_ids="staked-ether:steth,usual-usd:USD0")
    assert read.pairs_to_export == (Pair.parse("BTC/USD"), Pair.parse("EUR/USD"))
    assert read.tickers_by_id == {"staked-ether": Currency("STETH"), "usual-usd": Currency("USD0")}
    assert settings().pairs_to_export == ()


@pytest.mark.parametrize(
    ("chosen", "message"),
    [
        ({"exported_pairs": "BTCUSD"}, "a pair must be two tickers"),
        ({"exported_pairs": ",".join(f"C{number}/USD" for number in range(101))}, "100 pairs at most"),
        ({"coingecko_ids": "Bitcoin:BTC"}, "must be ids and tickers"),
        ({"coingecko_ids": "bitcoin"}, "a ticker must have"),
        ({"coingecko_ids": ",".join(f"c{number}:X" for number in range(1001))}, "1000 ids at most"),
    ],
)
def test_what_makes_no_sense_is_refused(chosen: dict[str, str], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        settings(**chosen)
