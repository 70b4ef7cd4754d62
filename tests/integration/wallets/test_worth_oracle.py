"""The worth of 300 wallets against an oracle of its own: brute force through the raw payloads, sums in fractions."""

import random
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

import pytest

from application.rates.convert_many import ConvertMany
from application.wallets.find_prices import FindPrices
from domain.currency import Currency
from domain.decimals import plain
from domain.rates.book import RateType
from domain.rates.routing import searches_of
from domain.wallets.holding import Holding
from domain.wallets.valuation import Valuation, value
from tests.integration.rates.market_oracle import MAX_LEGS, Answer, ExchangeOracle, expected
from tests.integration.rates.whole_market import SOURCES, WholeMarket, running_whole_market, source_name

SEED = 20261126
WALLETS = 300
TARGETS = ["USDT", "BTC", "USD", "EUR"]


@dataclass(frozen=True)
class Wallet:
    """What is in it, as text, and in which currency to value it."""

    holdings: tuple[tuple[str, str], ...]
    to: str
    exchange: str | None
    is_executable: bool


@dataclass(frozen=True)
class Worth:
    """Each line's status and worth, their sum, and whether that is all."""

    lines: tuple[tuple[str, Fraction | None], ...]
    total: Fraction
    is_complete: bool


@pytest.fixture(params=SOURCES, ids=source_name)
async def whole(request: pytest.FixtureRequest) -> AsyncIterator[WholeMarket]:
    async with running_whole_market(request.param) as whole:
        yield whole


def wallets(oracles: dict[str, ExchangeOracle]) -> list[Wallet]:
    chance = random.Random(SEED)  # noqa: S311 -- the same wallets every time
    listed = sorted(set().union(*(oracle.listed for oracle in oracles.values())) - {"SATS", "1000SATS"})
    codes = [*chance.sample(listed, 40), "USDT", "BTC", "TRX", "USD", "JPY", "NOSUCHCOIN", "BIFI", "KCS"]
    found = []
    for _ in range(WALLETS):
        chosen = chance.sample(codes, chance.randrange(0, 8))
        amounts = [
            "0" if chance.random() < 0.2 else f"{chance.randrange(1, 10**18)}E-{chance.randrange(0, 18)}"
            for _ in chosen
        ]
        exchange = chance.choice([None, None, "binance", "kucoin"])
        found.append(
            Wallet(tuple(zip(chosen, amounts, strict=True)), chance.choice(TARGETS), exchange, chance.random() < 0.5)
        )
    return found


class Oracle:
    """Knows what a unit of each currency is worth; answers are looked up once."""

    def __init__(self, oracles: dict[str, ExchangeOracle]) -> None:
        self._oracles = oracles
        self._known: dict[tuple[str, str, str | None, bool], Fraction | None] = {}

    def worth(self, wallet: Wallet, status: str) -> Worth:
        lines: list[tuple[str, Fraction | None]] = []
        for code, amount in wallet.holdings:
            if code == wallet.to:
                lines.append(("priced", Fraction(amount)))
                continue
            rate = self._rate(code, wallet)
            lines.append(("unpriced", None) if rate is None else (status, Fraction(amount) * rate))
        missing = [
            each
            for each, (_, amount) in zip(lines, wallet.holdings, strict=True)
            if Fraction(amount) and each[0] != "priced"
        ]
        return Worth(tuple(lines), sum((each or Fraction(0) for _, each in lines), Fraction(0)), not missing)

    def _rate(self, code: str, wallet: Wallet) -> Fraction | None:
        question = (code, wallet.to, wallet.exchange, wallet.is_executable)
        if question not in self._known:
            asked = [self._oracles[wallet.exchange]] if wallet.exchange else list(self._oracles.values())
            answer = expected(asked, code, wallet.to, is_executable=wallet.is_executable, are_own_tickers=False)
            self._known[question] = answer.rate if isinstance(answer, Answer) else None
        return self._known[question]


def find_prices(whole: WholeMarket) -> FindPrices:
    many = ConvertMany(markets=whole.markets, generations=whole.generations, meter=whole.meter, max_legs=MAX_LEGS)
    return FindPrices(convert_many=many, markets=whole.markets, searches=searches_of(MAX_LEGS))


async def valued(find: FindPrices, wallet: Wallet) -> Valuation:
    holdings = [
        Holding(UUID(int=number), Currency(code), Decimal(amount))
        for number, (code, amount) in enumerate(wallet.holdings)
    ]
    to = Currency(wallet.to)
    prices = await find(
        [holding.code for holding in holdings],
        to,
        cache_max_seconds=60,
        rate_type=RateType.EXECUTABLE if wallet.is_executable else RateType.MID,
        exchange=wallet.exchange,
    )
    return value(holdings, to, prices)


def as_printed(valuation: Valuation) -> Worth:
    lines = [
        (line.status.value, None if line.converted is None else Fraction(plain(line.converted)))
        for line in valuation.lines
    ]
    assert all(line.reason for line in valuation.lines if line.status != "priced")
    assert all(line.rate is None for line in valuation.lines if line.status == "unpriced")
    return Worth(tuple(lines), Fraction(plain(valuation.total)), valuation.is_complete)


async def test_300_wallets_are_worth_what_the_oracle_says(whole: WholeMarket) -> None:
    find, oracle, seen = find_prices(whole), Oracle(whole.oracles), Counter[str]()
    for wallet in wallets(whole.oracles):
        wanted = oracle.worth(wallet, "priced")
        assert as_printed(await valued(find, wallet)) == wanted, wallet
        seen.update(status for status, _ in wanted.lines)
        seen["complete" if wanted.is_complete else "incomplete"] += 1
    assert all(seen[kind] >= 20 for kind in ("priced", "unpriced", "complete", "incomplete")), seen

    await whole.server.close()
    whole.clock.advance(3600)
    for wallet in wallets(whole.oracles):
        wanted = oracle.worth(wallet, "stale")
        assert as_printed(await valued(find, wallet)) == wanted, wallet
        seen.update(status for status, _ in wanted.lines)
    assert seen["stale"] >= 20, seen
