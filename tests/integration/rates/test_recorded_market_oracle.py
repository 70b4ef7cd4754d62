"""Whole conversions on real payloads: simulated exchange, socket, adapters and use case against a brute-force oracle.

The payloads are those of the generated market, and the recorded ones too where there are any; each test's name says
which.
"""

import random
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

import pytest

from application.market_data.market_data import MarketData
from application.rates.convert import Convert
from domain.currency import Currency
from domain.rates.book import RateType
from domain.rates.divergence import divergences
from domain.rates.errors import NoRoute
from domain.rates.market_snapshot import MarketSnapshot
from domain.rates.ticker_proposals import ticker_proposals
from tests.integration.rates.market_oracle import Answer, ExchangeOracle, expected
from tests.integration.rates.whole_market import SOURCES, running_whole_market, source_name
from tests.unit.fakes.clock import NOON

SEED = 20221122
A_DAY_SECONDS = 24 * 3600

Outcome = Answer | dict[str, str]

HARD = [
    ("SHIB", "BTC", None),  # tiny
    ("BTC", "SHIB", None),  # huge
    ("T", "USDT", None),  # TUSDT is not TUSD/T
    ("TUSD", "T", None),
    ("BIFI", "USDT", "binance"),  # another coin on the other exchange
    ("BIFI", "USDT", "kucoin"),
    ("BIFI", "KCS", None),
    ("MC", "USDT", "binance"),
    ("MC", "USDT", "kucoin"),
    ("MC", "KCS", None),
    ("USDT", "TRX", None),  # inverse
    ("USDT", "BTC", "kucoin"),
    ("TRX", "ADA", None),  # the best price goes over a dead market
    ("TRX", "ADA", "kucoin"),
    ("KCS", "USDT", None),  # on KuCoin only
    ("LYXE", "USDT", None),  # spelt LYXe there
    ("CXO", "ETH", "kucoin"),  # no ask
    ("ZKT", "USDT", "kucoin"),  # a price, but no book
    ("PLATO", "USDT", None),
    ("VEN", "BTC", "binance"),  # halted, with a stale price
    ("BTC", "BTC", None),
    ("KCS", "KCS", None),
    ("USD", "USDT", None),  # no silent alias
    ("FITFI", "USDC", "kucoin"),  # a wide market would give it a rate that is off by a fifth
    ("DATX", "ETH", "kucoin"),
    ("NOSUCHCOIN", "BTC", None),
    ("BTC", "NOSUCHCOIN", "kucoin"),
    ("NOSUCHCOIN", "NOSUCHCOIN", None),
]


@dataclass(frozen=True)
class Question:
    start: str
    end: str
    exchange: str | None
    rate_type: RateType
    amount: Decimal


class Service:
    """The conversion over real sockets, and the oracles that know what it must answer."""

    def __init__(self, convert: Convert, oracles: dict[str, ExchangeOracle], markets: dict[str, MarketData]) -> None:
        self._convert = convert
        self.oracles = oracles
        self.markets = markets

    def expected(self, question: Question) -> Outcome:
        asked = [self.oracles[question.exchange]] if question.exchange else list(self.oracles.values())
        is_executable = question.rate_type is RateType.EXECUTABLE
        return expected(asked, question.start, question.end, is_executable=is_executable)

    async def answer(self, question: Question) -> Outcome:
        try:
            conversion = await self._convert(
                arrival=self._convert.arrival(),
                amount=question.amount,
                currency_from=Currency(question.start),
                currency_to=Currency(question.end),
                exchange=question.exchange,
                rate_type=question.rate_type,
                cache_max_seconds=A_DAY_SECONDS,
            )
        except NoRoute as none:
            return none.reasons
        assert Fraction(conversion.result) == Fraction(question.amount) * Fraction(conversion.rate)
        assert conversion.updated_at == NOON
        symbols = tuple(leg.symbol for leg in conversion.route.legs)
        return Answer(conversion.route.exchange, symbols, Fraction(conversion.rate))


@pytest.fixture(scope="module", params=SOURCES, ids=source_name)
async def service(request: pytest.FixtureRequest) -> AsyncIterator[Service]:
    async with running_whole_market(request.param) as whole:
        convert = Convert(markets=whole.markets, generations=whole.generations, meter=whole.meter)
        yield Service(convert, whole.oracles, whole.markets)


def questions(oracles: dict[str, ExchangeOracle]) -> list[Question]:
    """Direct pairs of each exchange, and currencies of either one against any other, by a fixed seed.

    Coins that an exchange lists by the thousand only have tests of their own.
    """
    chance = random.Random(SEED)  # noqa: S311 -- the same questions every time
    currencies = sorted(set().union(*(oracle.listed for oracle in oracles.values())) - {"SATS", "1000SATS"})
    pairs = [pair for oracle in oracles.values() for pair in chance.sample(oracle.pairs, 50)]
    pairs = [pair for pair in pairs if {"SATS", "1000SATS"}.isdisjoint(pair)]
    pairs += [(chance.choice(currencies), chance.choice(currencies)) for _ in range(200)]
    return [
        Question(
            *pair,
            exchange=chance.choice([None, None, "binance", "kucoin"]),
            rate_type=chance.choice(list(RateType)),
            amount=Decimal(chance.randrange(1, 10**12)).scaleb(-6),
        )
        for pair in pairs
    ]


async def test_300_conversions_match_an_exhaustive_search(service: Service) -> None:
    asked = questions(service.oracles)
    wanted = {question: service.expected(question) for question in asked}
    given = {question: await service.answer(question) for question in asked}
    wrong = {question: (given[question], wanted[question]) for question in asked if given[question] != wanted[question]}
    assert wrong == {}
    assert len(asked) >= 290
    legs = Counter(len(answer.symbols) if isinstance(answer, Answer) else None for answer in wanted.values())
    assert all(legs[number] >= 5 for number in (1, 2, 3, None)), f"too few of a kind to prove anything: {legs}"
    assert {answer.exchange for answer in wanted.values() if isinstance(answer, Answer)} == {"binance", "kucoin"}


@pytest.mark.parametrize("rate_type", RateType)
@pytest.mark.parametrize(("start", "end", "exchange"), HARD)
async def test_the_hard_conversions_match_an_exhaustive_search(
    service: Service, start: str, end: str, exchange: str | None, rate_type: RateType
) -> None:
    question = Question(start, end, exchange, rate_type, Decimal("1234.56789"))
    assert await service.answer(question) == service.expected(question)


async def test_the_diverging_pairs_match_an_exhaustive_comparison(service: Service) -> None:
    binance, kucoin = [await _market(each) for each in service.markets.values()]
    found = divergences(binance, kucoin, Decimal(10))
    wanted = set()
    for base, quote in service.oracles["binance"].pairs:
        mids = [mid for oracle in service.oracles.values() if (mid := _mid(oracle, base, quote)) is not None]
        if len(mids) == 2 and max(mids) > Fraction(11, 10) * min(mids):
            wanted.add(f"{base}/{quote}")
    assert {str(each.pair) for each in found} == wanted
    assert {pair.partition("/")[0] for pair in wanted}.isdisjoint({"BIFI", "MC"})  # other coins of the same ticker


async def test_under_one_name_a_coin_costs_about_the_same_on_both(service: Service) -> None:
    """What is left are broken books (BRL), a thin one (WNXM), and the coin that the simulator hides from the table."""
    binance, kucoin = [await _market(each) for each in service.markets.values()]
    apart = {str(each.pair) for each in divergences(binance, kucoin, Decimal(10))}
    assert apart <= {"BTC/BRL", "ETH/BRL", "USDT/BRL", "WNXM/USDT", "ACE/USDT"}
    symbols = {code: kucoin.instruments.between(Currency(code), Currency("USDT")) for code in ("BTTC", "GALA", "BIFI")}
    if "GALAX-USDT" in kucoin.instruments.pairs.ends:  # in the recordings
        assert symbols == {"BTTC": ("BTT-USDT",), "GALA": ("GALAX-USDT",), "BIFI": ()}
        assert all(binance.instruments.between(Currency(code), Currency("USDT")) for code in symbols)
    proposed = {each.line for each in ticker_proposals(binance, kucoin, Decimal(10)) if each.line}
    assert proposed <= {"kucoin WNXM WNXM.KUCOIN - -", "kucoin ACE ACE.KUCOIN - -"}


async def _market(market: MarketData) -> MarketSnapshot:
    return MarketSnapshot(await market.instruments(), await market.book_tickers(NOON))


def _mid(oracle: ExchangeOracle, base: str, quote: str) -> Fraction | None:
    """The middle of the one book of this pair, this way round."""
    book_tickers = [(each.bid + each.ask) / 2 for each in oracle.between(base, quote) if each.base == base]
    return book_tickers[0] if book_tickers else None
