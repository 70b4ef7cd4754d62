"""Whole conversions over each further exchange, on its own, against an exhaustive search of what it sent."""

import random
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

import aiohttp
import pytest

from adapters.memory.fetch_lock import MemoryFetchLock
from adapters.memory.market_cache import MemoryMarketCache
from adapters.rest.registered_exchange import ExchangeParts
from application.market_data.assembly import assemble_market_data
from application.market_data.freshness import Generations
from application.market_data.limits import MarketLimits
from application.rates.convert import Convert
from domain.currency import Currency
from domain.rates.book import RateType
from domain.rates.errors import NoRoute
from domain.rates.spread import SpreadBounds
from entrypoints.settings.installed_exchanges import registered_exchanges
from entrypoints.simulator.app import simulator_app
from tests.integration.rates.market_oracle import Answer, ExchangeOracle, expected
from tests.integration.rates.more_oracles import PATHS, oracle_of
from tests.integration.rates.whole_market import SOURCES, source_name
from tests.servers.serving import serving
from tests.unit.fakes.clock import FakeClock
from tests.unit.fakes.meter import FakeMeter

SEED = 20221122
A_DAY_SECONDS = 24 * 3600


@dataclass(frozen=True)
class OneExchange:
    """The conversion over one exchange, and what it must answer."""

    convert: Convert
    oracle: ExchangeOracle

    async def answer(self, start: str, end: str, amount: Decimal, rate_type: RateType) -> Answer | dict[str, str]:
        try:
            conversion = await self.convert(
                arrival=self.convert.arrival(),
                amount=amount,
                currency_from=Currency(start),
                currency_to=Currency(end),
                exchange=None,
                rate_type=rate_type,
                cache_max_seconds=A_DAY_SECONDS,
            )
        except NoRoute as none:
            return none.reasons
        assert Fraction(conversion.result) == Fraction(amount) * Fraction(conversion.rate)
        symbols = tuple(leg.symbol for leg in conversion.route.legs)
        return Answer(conversion.route.exchange, symbols, Fraction(conversion.rate))


@pytest.fixture(scope="module", params=SOURCES, ids=source_name)
async def url(request: pytest.FixtureRequest) -> AsyncIterator[str]:
    async with serving(simulator_app(data=request.param, clock=FakeClock().now)) as url:
        yield url


@pytest.fixture(params=PATHS)
async def one(request: pytest.FixtureRequest, url: str) -> AsyncIterator[OneExchange]:
    name, clock, meter = request.param, FakeClock(), FakeMeter()
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as session:
        listing, books = [await _body(session, f"{url}/{name}{path}") for path in PATHS[name]]
        parts = ExchangeParts(url=f"{url}/{name}", settings={}, session=session, clock=clock, meter=meter)
        generations = Generations(clock)
        market = assemble_market_data(
            exchange=registered_exchanges()[name].market_data(parts),
            cache=MemoryMarketCache(),
            fetch_lock=MemoryFetchLock(clock),
            clock=clock,
            generations=generations,
            meter=meter,
            limits=MarketLimits(600, SpreadBounds(Decimal(50), Decimal(5))),
        )
        convert = Convert(markets={name: market}, generations=generations, meter=meter)
        yield OneExchange(convert, oracle_of(name, listing, books))


async def _body(session: aiohttp.ClientSession, url: str) -> bytes:
    async with session.get(url) as response:
        assert response.status == 200
        return await response.read()


async def test_conversions_match_an_exhaustive_search(one: OneExchange) -> None:
    chance = random.Random(SEED)  # noqa: S311 -- the same questions every time
    currencies = [*sorted(one.oracle.listed), "NOSUCHCOIN"]
    pairs = chance.sample(one.oracle.pairs, min(40, len(one.oracle.pairs)))
    pairs += [(chance.choice(currencies), chance.choice(currencies)) for _ in range(80)]
    wrong, legs = {}, Counter[int | None]()
    for start, end in [*pairs, ("NOSUCHCOIN", "BTC")]:
        amount = Decimal(chance.randrange(1, 10**12)).scaleb(-6)
        rate_type = chance.choice(list(RateType))
        wanted = expected([one.oracle], start, end, is_executable=rate_type is RateType.EXECUTABLE)
        given = await one.answer(start, end, amount, rate_type)
        if given != wanted:
            wrong[start, end, rate_type] = given, wanted
        legs[len(wanted.symbols) if isinstance(wanted, Answer) else None] += 1
    assert wrong == {}
    assert legs[1] >= 2
    assert legs[None] >= 1
