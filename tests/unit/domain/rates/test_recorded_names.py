"""Records keep the names of their day; the table of tickers says which coins those are."""

import pytest

from domain.currency import Currency
from domain.rates.recorded_names import meant_at, recorded_as, spellings

NOW = 1_790_000_000
IN_2021 = 1_630_000_000


@pytest.mark.parametrize(
    ("exchange", "symbol", "currency", "at", "name"),
    [
        ("kucoin", "BIFI-USDT", "BIFI", NOW, "BIFI.KUCOIN"),
        ("kucoin", "BIFI-USDT", "BIFI.KUCOIN", NOW, "BIFI.KUCOIN"),
        ("binance", "BIFIUSDT", "BIFI", NOW, "BIFI"),
        ("kucoin", "ALT-USDT", "ALT", NOW, "ALT.KUCOIN"),
        ("kucoin", "KALT-USDT", "ALT", NOW, "ALT"),
        ("kraken", "LUNAUSD", "LUNA", NOW, "LUNC"),
        ("kraken", "LUNA2USD", "LUNA", NOW, "LUNA"),
        ("kraken", "LUNAUSD", "LUNC", NOW, "LUNC"),
        ("binance", "LUNAUSDT", "LUNA", IN_2021, "LUNC"),
        ("binance", "LUNAUSDT", "LUNA", NOW, "LUNA"),
        ("kucoin", "ERN-USDT", "ERN", NOW, "ERN.TOKEN"),
        ("okx", "RON-USDT", "RON", NOW, "RON.TOKEN"),
        ("binance", "USDTRON", "RON", NOW, "RON"),
        ("ecb", "EUR/RON", "RON", NOW, "RON"),
        ("kraken", "XXBTZUSD", "XBT", NOW, "BTC"),
    ],
    ids=str,
)
def test_a_recorded_name_is_that_of_the_coin_which_was_traded(
    exchange: str, symbol: str, currency: str, at: int, name: str
) -> None:
    assert recorded_as(exchange, [symbol], Currency(currency), at) == name


def test_a_name_that_is_asked_for_means_what_it_meant_then() -> None:
    luna, bifi = Currency("LUNA"), Currency("BIFI")
    assert (meant_at(None, luna, NOW), meant_at(None, luna, IN_2021)) == ("LUNA", "LUNC")
    assert (meant_at("KuCoin", bifi, NOW), meant_at(None, bifi, NOW)) == ("BIFI.KUCOIN", "BIFI")


def test_all_names_of_a_coin_are_looked_for() -> None:
    assert spellings(Currency("BTC")) == ["BTC", "XBT"]
    assert sorted(spellings(Currency("LUNC"))) == ["LUNA", "LUNC"]
    assert spellings(Currency("ERN.TOKEN")) == ["ERN.TOKEN", "ERN"]
    assert spellings(Currency("SATS")) == ["SATS", "1000SATS"]
    assert spellings(Currency("1000SATS")) == ["1000SATS", "SATS"]
    assert spellings(Currency("1INCH")) == ["1INCH"]
