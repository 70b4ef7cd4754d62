"""Markets, books and chains of them, made by hypothesis."""

from decimal import Decimal
from fractions import Fraction
from itertools import combinations, pairwise

from hypothesis import strategies as st

from domain.currency import Currency
from domain.rates.book import TopOfBook
from domain.rates.book_tickers import BookTickers
from domain.rates.instruments import Instruments
from domain.rates.market_snapshot import MarketSnapshot
from domain.rates.spread import NO_SPREAD_BOUNDS, SpreadBounds
from tests.unit.domain.rates.brute_force import Edge

OBSERVED_AT = 1_714_304_596.75
CURRENCIES = ["ADA", "BTC", "ETH", "USDT", "XRP", "币安人生"]

Row = tuple[str, str, str]

# Few different prices and spreads, so that equal costs are met all the time.
_TIED_PRICES = st.sampled_from(["1", "2", "0.5", "30", "0.00000007"])
_WAYS = st.sampled_from([[], [], [False], [True], [False, True], [True, True]])
_SPREADS = st.sampled_from(["1", "1", "1.1", "1.21", "1.5"])


def market(
    listed: list[Row], quoted: list[Row], exchange: str = "binance", bounds: SpreadBounds = NO_SPREAD_BOUNDS
) -> MarketSnapshot:
    instruments, book_tickers = (
        Instruments.of(exchange, listed, OBSERVED_AT),
        BookTickers.of(exchange, quoted, OBSERVED_AT),
    )
    return MarketSnapshot(instruments, book_tickers, bounds)


@st.composite
def small_markets(draw: st.DrawFn) -> tuple[list[Row], list[Row]]:
    """(symbol, base, quote) and (symbol, bid, ask): parallel instruments, both ways round, dead and missing books."""
    # Every two currencies get none to two instruments: ties and parallels need a dense market.
    pairs = [
        ends[::-1] if is_reversed else ends for ends in combinations(CURRENCIES, 2) for is_reversed in draw(_WAYS)
    ] or [("ADA", "BTC")]
    names = draw(st.permutations([f"S{number}" for number in range(len(pairs))]))
    listed = [(name, base, quote) for name, (base, quote) in zip(names, pairs, strict=True)]
    quoted = [("ELSEWHERE", "1", "1")]  # a snapshot holds symbols that nobody lists
    for name in names:
        fate = draw(st.sampled_from(["alive", "alive", "alive", "alive", "dead", "crossed", "missing"]))
        bid, spread = draw(_TIED_PRICES), draw(_SPREADS)
        ask = str(Decimal(bid) * Decimal(spread))
        if fate == "alive":
            quoted.append((name, bid, ask))
        elif fate != "missing":
            quoted.append((name, "0", "0") if fate == "dead" else (name, str(Decimal(ask) * 2), bid))
    return listed, quoted


def edges_of(listed: list[Row], quoted: list[Row]) -> list[Edge]:
    prices = {symbol: (Fraction(bid), Fraction(ask)) for symbol, bid, ask in quoted}
    return [
        Edge(symbol, base, quote, *prices[symbol])
        for symbol, base, quote in listed
        if symbol in prices and 0 < prices[symbol][0] <= prices[symbol][1]
    ]


@st.composite
def book_tickers(draw: st.DrawFn) -> TopOfBook:
    """Prices from 1e-12 to 1e12, of up to 18 digits."""
    bid = Decimal(draw(st.integers(1, 10**18))).scaleb(draw(st.integers(-12, 12)) - 18).max(Decimal("1e-12"))
    extra = Decimal(draw(st.integers(0, 10**6))).scaleb(-6)
    return TopOfBook(bid, bid + bid * extra)


@st.composite
def chains(draw: st.DrawFn) -> tuple[MarketSnapshot, list[Edge], Currency, Currency]:
    """A market with one way only from the first currency to the last, of 1 to 3 legs, each either way round."""
    currencies = CURRENCIES[: draw(st.integers(2, 4))]
    listed, quoted = [], []
    for one, other in pairwise(currencies):
        base, quote = draw(st.sampled_from([(one, other), (other, one)]))
        book = draw(book_tickers())
        listed.append((base + quote, base, quote))
        quoted.append((base + quote, str(book.bid), str(book.ask)))
    ends = Currency(currencies[0]), Currency(currencies[-1])
    return market(listed, quoted), edges_of(listed, quoted), *ends
