"""What tickers mean on an exchange, and on a day."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from domain.currency import Currency
from domain.iso_4217 import MINOR_UNITS, TRADED
from domain.pair import Pair
from domain.rates.instruments import Instruments
from domain.rates.tickers import OWN_TICKERS, SCALED_TICKERS, coin_of, coins_of, meanings, name_at, units_of
from domain.wallets.wallet import asset_of
from tests.unit.domain.rates.publications import publication
from tests.unit.fakes.clock import NOON

BEFORE, AFTER = (datetime(2022, 5, day, 12, tzinfo=UTC).timestamp() for day in (13, 29))


def listed(exchange: str, *bases: str, at: float = NOON) -> dict[str, str]:
    rows = [(f"{base}-USDT", base, "USDT") for base in bases]
    made = Instruments.of(exchange, rows, at)
    return {symbol: str(ends[0]) for symbol, ends in made.pairs.ends.items()}


def test_luna_is_the_coin_of_its_day() -> None:
    assert listed("okx", "LUNA", "UST", at=BEFORE) == {"LUNA-USDT": "LUNC", "UST-USDT": "USTC"}
    assert listed("okx", "LUNA", "LUNC", at=AFTER) == {"LUNA-USDT": "LUNA", "LUNC-USDT": "LUNC"}
    assert listed("kraken", "LUNA", "LUNA2", at=AFTER) == {"LUNA-USDT": "LUNC", "LUNA2-USDT": "LUNA"}


@pytest.mark.parametrize("ticker", ["BIFI", "MC", "ALT", "VAI"])
def test_a_conflict_is_another_name_on_the_one_exchange_and_no_second_name_anywhere(ticker: str) -> None:
    assert listed("kucoin", ticker) == {f"{ticker}-USDT": f"{ticker}.KUCOIN"}
    assert listed("binance", ticker) == {f"{ticker}-USDT": ticker}
    assert not Instruments.of("kucoin", [("X-USDT", ticker, "USDT")], NOON).lists(Currency(ticker))
    shown = Instruments.of("kucoin", [("OLD-USDT", "OLD", "USDT")], NOON, aliases=[(ticker, "OLD")])
    assert not shown.lists(Currency(ticker))


@pytest.mark.parametrize("code", ["AOA", "ERN", "LBP", "MNT", "SOS"])
def test_under_the_code_of_money_that_no_exchange_trades_each_of_them_means_a_coin(code: str) -> None:
    for exchange in ("binance", "kucoin", "okx"):
        assert listed(exchange, code) == {f"{code}-USDT": f"{code}.TOKEN"}
        assert name_at(exchange, Currency(code)) == f"{code}.TOKEN"
    rows = [("X-USDT", code, "USDT"), ("OLD-USDT", "OLD", "USDT")]
    shown = Instruments.of("kucoin", rows, NOON, aliases=[(code, "OLD")])
    assert not shown.lists(Currency(code))
    assert name_at("", Currency(code)) == code
    assert (asset_of(Currency(code)).scale, asset_of(Currency(f"{code}.TOKEN")).scale) == (2, 18)


def test_money_that_exchanges_trade_or_the_bank_publishes_keeps_its_code() -> None:
    assert listed("binance", "RON", "TRY", "NGN") == {"RON-USDT": "RON", "TRY-USDT": "TRY", "NGN-USDT": "NGN"}
    assert listed("okx", "RON") == {"RON-USDT": "RON.TOKEN"}
    assert set(publication().currencies) - {"BGN"} <= TRADED <= set(MINOR_UNITS)


def test_one_coin_has_one_name_on_all_exchanges() -> None:
    assert listed("kucoin", "WAX", "KALT", "BTT", "GALAX") == {
        "WAX-USDT": "WAXP", "KALT-USDT": "ALT", "BTT-USDT": "BTTC", "GALAX-USDT": "GALA",
    }  # fmt: skip
    assert listed("binance", "BCHSV") == {"BCHSV-USDT": "BSV"}


def test_of_two_tickers_that_would_get_one_name_the_renamed_one_is_left_out() -> None:
    assert listed("binance", "BTC", "XBT") == {"BTC-USDT": "BTC"}


def test_an_exchange_that_is_named_means_its_own_tickers() -> None:
    assert name_at("KuCoin", Currency("BIFI")) == "BIFI.KUCOIN"
    assert name_at("kucoin", Currency("ALT")) == "ALT"  # its KALT
    assert name_at("kraken", Currency("LUNA")) == "LUNA"  # its LUNA2
    assert name_at("binance", Currency("BIFI")) == "BIFI"


def test_a_thousand_of_a_coin_is_that_coin() -> None:
    assert [units_of(Currency(code)) for code in ("1000SATS", "1INCH")] == [Decimal(1000), Decimal(1)]
    assert coins_of(Pair.parse("1MBABYDOGE/USDT")) == Pair.parse("BABYDOGE/USDT")
    assert coins_of(Pair.parse("1000SATS/SATS")) == Pair.parse("1000SATS/SATS")
    assert coin_of(Currency("1INCH")) == "1INCH"
    made = Instruments.of("kucoin", [("SATS-USDT", "SATS", "USDT")], NOON)
    assert made.units_of(Currency("1000SATS")) == Decimal(1000)
    assert made.scaled == {"1000SATS": "SATS"}
    both = [("SATS-USDT", "SATS", "USDT"), ("1000SATS-USDT", "1000SATS", "USDT")]
    assert Instruments.of("kucoin", both, NOON).scaled == {}


def test_the_table_contradicts_itself_nowhere() -> None:
    for row in OWN_TICKERS:
        assert Currency(row.name) != Currency(row.ticker)
        assert row.since is None or row.until is None or row.since < row.until
        assert "." not in row.name or row.name in {f"{row.ticker}.{row.exchange.upper()}", f"{row.ticker}.TOKEN"}
    for exchange in {row.exchange for row in OWN_TICKERS}:
        for at in (BEFORE, AFTER, NOON):
            names = [name for name in meanings(exchange, at).names.values() if name not in {"LUNC", "USTC"}]
            assert len(set(names)) == len(names)
    for scaled in SCALED_TICKERS:
        assert scaled.units == Decimal(10) ** scaled.units.adjusted()
        assert coin_of(scaled.coin) == scaled.coin


def test_a_new_day_that_changes_nothing_leaves_the_index_as_it_is() -> None:
    rows = [("BTC-USDT", "BTC", "USDT")]
    one, other = (Instruments.of("kucoin", rows, at) for at in (NOON, NOON + 24 * 3600))
    assert one.pairs is other.pairs
