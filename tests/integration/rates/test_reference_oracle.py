"""Hundreds of conversions that a bank's rates complete, against a search of its own over the same raw payloads.

The oracle reads the bank's file with the standard library, joins and rounds in fractions, and shares no code with the
service.
"""

import random
import re
from collections import Counter
from collections.abc import AsyncIterator
from decimal import Decimal
from fractions import Fraction

import pytest

from adapters.ecb.messages import newest_in
from application.rates.convert import Convert
from application.rates.newest_reference_rates import NewestReferenceRates
from domain.currency import Currency
from domain.rates.book import RateType
from domain.rates.errors import NoRoute
from tests.integration.rates.market_oracle import (
    MAX_LEGS,
    MAX_SPREAD,
    WIDE_SPREAD,
    Answer,
    ExchangeOracle,
    Instrument,
    expected,
    rounded,
)
from tests.integration.rates.whole_market import SOURCES, WholeMarket, running_whole_market, source_name
from tests.servers.recordings import recorded_data
from tests.unit.adapters.ecb.files import xml
from tests.unit.domain.rates.publications import RATES
from tests.unit.fakes.reference_rates import FakeReferenceMeter

SEED = 20230418
FRIDAY = "2024-04-26"  # the last bank day before the clock's Sunday


def published() -> bytes:
    """Return the recorded file of a day, dated so that it is current."""
    folder = recorded_data()
    if folder is None:
        return xml([(FRIDAY, RATES)])
    return (folder / "ecb" / "eurofxref-daily_2023-04-18.xml").read_bytes().replace(b"2023-04-18", FRIDAY.encode())


def read_by_hand(body: bytes) -> dict[str, Fraction]:
    """Units for one euro, by code."""
    found = re.findall(r"""currency=["']([A-Z]+)["'] rate=["']([0-9.]+)["']""", body.decode())
    return {"EUR": Fraction(1)} | {code: Fraction(rate) for code, rate in found}


def bank_symbols(start: str, end: str) -> list[str]:
    return [f"EUR/{code}" for code in ((start, end) if start != end else ()) if code != "EUR"]


def completed(
    oracle: ExchangeOracle, per_euro: dict[str, Fraction], start: str, end: str, legs: int, max_spread: Fraction,
    *, is_executable: bool,
) -> Answer | None:  # fmt: skip
    """The best of every way from or to any of the bank's currencies: by the spread, then by the currency's name."""
    ways = []
    for fiat, units in per_euro.items():
        ends = (start, fiat) if end in per_euro else (fiat, end)
        if not set(ends) <= oracle.listed:
            continue
        for currencies, instruments in oracle._ways(*ends, legs):
            if all(each.spread <= max_spread for each in instruments):
                factor = per_euro[end] / units if end in per_euro else units / per_euro[start]
                ways.append((cost(instruments), fiat, currencies, instruments, factor))
    if not ways:
        return None
    _, fiat, currencies, instruments, rate = min(ways, key=lambda way: (way[0], way[1], way[2]))
    for currency, instrument in zip(currencies, instruments, strict=False):
        rate *= instrument.rate_from(currency, is_executable=is_executable)
    symbols = [each.symbol for each in instruments]
    symbols = symbols + bank_symbols(fiat, end) if end in per_euro else bank_symbols(start, fiat) + symbols
    return Answer(f"{oracle.name}+ecb", tuple(symbols), rounded(rate))


def cost(instruments: list[Instrument]) -> Fraction:
    product = Fraction(1)
    for each in instruments:
        product *= each.ask / each.bid
    return product


def wanted(
    oracles: list[ExchangeOracle], per_euro: dict[str, Fraction], start: str, end: str, *, is_executable: bool
) -> Answer | None:
    by_itself = expected(oracles, start, end, is_executable=is_executable)
    if isinstance(by_itself, Answer):
        return by_itself
    if start in per_euro and end in per_euro:
        return Answer("ecb", tuple(bank_symbols(start, end)), rounded(per_euro[end] / per_euro[start]))
    if start not in per_euro and end not in per_euro:
        return None
    searches = [(spread, most) for spread in (WIDE_SPREAD, MAX_SPREAD) for most in (1, MAX_LEGS)]
    answers = (
        completed(oracle, per_euro, start, end, legs, spread, is_executable=is_executable)
        for spread, most in searches
        for oracle in oracles
        for legs in range(1, most + 1)
    )
    return next(filter(None, answers), None)


@pytest.fixture(scope="module", params=SOURCES, ids=source_name)
async def whole(request: pytest.FixtureRequest) -> AsyncIterator[WholeMarket]:
    async with running_whole_market(request.param) as whole:
        yield whole


async def test_200_conversions_that_the_bank_completes_match_an_exhaustive_search(whole: WholeMarket) -> None:
    body = published()
    newest = NewestReferenceRates("ecb", FakeReferenceMeter())
    newest.accept(newest_in(body))
    convert = Convert(markets=whole.markets, generations=whole.generations, meter=whole.meter, reference=newest)
    per_euro, oracles = read_by_hand(body), list(whole.oracles.values())
    chance = random.Random(SEED)  # noqa: S311 -- the same questions every time
    coins = sorted(set().union(*(oracle.listed for oracle in oracles)) - set(per_euro))
    fiats = sorted(per_euro)
    asked = [(coin, chance.choice(fiats)) for coin in chance.sample(coins, 60)]
    asked += [(chance.choice(fiats), coin) for coin in chance.sample(coins, 60)]
    asked += [(chance.choice(fiats), chance.choice(fiats)) for _ in range(60)]
    asked += [("BTC", "USD"), ("USD", "BTC"), ("ETH", "CHF"), ("BTC", "EUR"), ("USD", "USD"), ("NOPE", "USD")] * 4
    wrong, kinds = {}, Counter[str | None]()
    for number, (start, end) in enumerate(asked):
        rate_type = list(RateType)[number % 2]
        answer = wanted(oracles, per_euro, start, end, is_executable=rate_type is RateType.EXECUTABLE)
        kinds[None if answer is None else answer.exchange] += 1
        given = await ask(convert, start, end, rate_type)
        if given != answer:
            wrong[start, end, rate_type] = given, answer
    assert wrong == {}
    assert len(asked) >= 200
    assert all(kinds[kind] >= 5 for kind in ("ecb", "binance+ecb")), f"too few of a kind to prove anything: {kinds}"


async def ask(convert: Convert, start: str, end: str, rate_type: RateType) -> Answer | None:
    try:
        conversion = await convert(
            arrival=convert.arrival(),
            amount=Decimal(1),
            currency_from=Currency(start),
            currency_to=Currency(end),
            rate_type=rate_type,
            cache_max_seconds=60,
        )
    except NoRoute:
        return None
    symbols = tuple(leg.symbol for leg in conversion.route.legs)
    return Answer(conversion.route.exchange, symbols, Fraction(conversion.rate))
