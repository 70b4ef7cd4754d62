"""Price directives that each program reads; what it could not read is a comment."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from domain.currency import Currency
from domain.pair import Pair
from domain.rates.book import RateType
from domain.rates.conversion import Conversion
from domain.rates.errors import NoRoute
from domain.rates.route import Route
from entrypoints.http.compatible.price_directives import LedgerFormat, directive
from entrypoints.http.compatible.priced_pairs import PricedPair

AT = datetime(2026, 11, 25, 23, 59, 58, tzinfo=UTC).timestamp()


def priced(pair: str, rate: str) -> PricedPair:
    parsed = Pair.parse(pair)
    route = Route("binance", parsed.base, parsed.quote, (), AT)
    return PricedPair(parsed, Conversion(Decimal(1), route, RateType.MID, Decimal(rate), Decimal(rate)))


@pytest.mark.parametrize(
    ("written", "pair", "rate", "expected"),
    [
        (LedgerFormat.LEDGER, "BTC/USD", "68000", "P 2026-11-25 23:59:58 BTC 68000 USD"),
        (LedgerFormat.LEDGER, "1INCH/USD", "1E-9", 'P 2026-11-25 23:59:58 "1INCH" 0.000000001 USD'),
        (LedgerFormat.HLEDGER, "BTC/USD", "68000.5", "P 2026-11-25 BTC 68000.5 USD"),
        (LedgerFormat.HLEDGER, "BTC/币安人生", "2", 'P 2026-11-25 BTC 2 "币安人生"'),
        (LedgerFormat.BEANCOUNT, "BTC/USD", "68000", "2026-11-25 price BTC 68000 USD"),
        (LedgerFormat.BEANCOUNT, "T2/USD", "68000", "2026-11-25 price T2 68000 USD"),
        (LedgerFormat.BEANCOUNT, "1INCH/USD", "2", "; 1INCH/USD: 1INCH cannot be a commodity of Beancount"),
        (LedgerFormat.BEANCOUNT, "BTC/W", "2", "; BTC/W: W cannot be a commodity of Beancount"),
    ],
)
def test_a_rate_is_a_line_of_the_program(written: LedgerFormat, pair: str, rate: str, expected: str) -> None:
    assert directive(priced(pair, rate), written) == expected


@pytest.mark.parametrize("written", LedgerFormat)
def test_without_a_rate_there_is_one_line_of_comment(written: LedgerFormat) -> None:
    pair = Pair(Currency("XYZ"), Currency("USD"))
    error = NoRoute("XYZ", "USD", {"binance": "XYZ is not\nlisted", "kucoin": "XYZ is not listed"})
    line = directive(PricedPair(pair, error), written)
    assert line == "; XYZ/USD: binance: XYZ is not listed; kucoin: XYZ is not listed"
