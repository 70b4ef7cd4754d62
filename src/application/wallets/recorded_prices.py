"""What currencies were worth at a past moment, by the rates recorded then, or the bank's of that day."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from application.concurrency.cooperative import yield_to_event_loop
from application.ports.database import Database
from application.quotes.ports.repositories import QuotesRepositories
from domain.currency import Currency
from domain.pair import Pair
from domain.quotes.hourly_table import HourlyTable
from domain.quotes.past_steps import named
from domain.quotes.quote import RecordedQuote
from domain.rates.recorded_names import meant_at
from domain.rates.reference_rates import ReferenceRates
from domain.wallets.past_prices import PastPrices
from domain.wallets.valuation import LINES_PER_STEP, NoPrice, Price, Pricing

# Rates are recorded once an hour; one hour may have been missed.
USUAL_AGE_SECONDS = 2 * 3600

# How long before the moment one exchange may have given its last rate.
LONGEST_LOOK_BACK_SECONDS = 7 * 24 * 3600

# What a database takes in one statement, quickly.
PAIRS_AT_A_TIME = 2000

# Through these a rate of two steps is looked for, besides what is recorded on purpose.
_USUAL_BRIDGES = tuple(map(Currency, ("USD", "EUR", "USDT", "USDC", "BTC", "ETH")))
MOST_BRIDGES = 20

_NONE = NoPrice("no rate was recorded by then")


@dataclass(frozen=True, slots=True)
class _Asked:
    """What every look-up of one call has in common."""

    to: Currency
    at: int
    max_age_seconds: int
    exchange: str | None


class RecordedPrices:
    """Finds rates between two currencies as they were recorded, this way round or the other, or through a third one.

    They are in quotes and in hourly tables; the last one by the moment counts, because it shows what was known then.
    Where none was in time, the bank's rate between two state currencies counts. `rates_at` returns those of a moment;
    `pairs` are those that are recorded each hour.
    """

    def __init__(
        self,
        database: Database[QuotesRepositories],
        rates_at: Callable[[float], Awaitable[ReferenceRates | None]],
        pairs: Sequence[Pair] = (),
    ) -> None:
        self._database = database
        self._rates_at = rates_at
        recorded = (end for pair in pairs for end in (pair.quote, pair.base))
        self._bridges = list(islice(dict.fromkeys((*_USUAL_BRIDGES, *recorded)), MOST_BRIDGES))

    async def __call__(
        self, codes: Iterable[Currency], to: Currency, *, at: int, max_age_seconds: int | None, exchange: str | None
    ) -> dict[Currency, Pricing]:
        """Return a price, or why there is none, for each currency but `to`.

        `at` is a Unix second. A rate observed more than `max_age_seconds` before it is stale. With `exchange`, rates
        from elsewhere do not count; codes mean the same coins as without it.
        """
        meant = {code: meant_at(None, code, at) for code in codes if code != to}
        prices = await self._named(
            meant.values(), meant_at(None, to, at), at=at, max_age_seconds=max_age_seconds, exchange=exchange
        )
        return {code: prices.get(name, _NONE) for code, name in meant.items()}

    async def _named(
        self, codes: Iterable[Currency], to: Currency, *, at: int, max_age_seconds: int | None, exchange: str | None
    ) -> dict[Currency, Pricing]:
        """Do so for currencies by their names here."""
        wanted = [code for code in dict.fromkeys(codes) if code != to]
        bound = USUAL_AGE_SECONDS if max_age_seconds is None else max_age_seconds
        asked = _Asked(to, at, bound, None if exchange is None else exchange.lower())
        bank = await self._rates_at(at) if wanted else None
        if bank is not None and asked.exchange not in {None, bank.source}:
            bank = None
        tables = await self._tables(asked) if wanted else []
        past = await self._past(_pairs(wanted, [to]), asked, tables, bank)
        prices: dict[Currency, Pricing | None] = {}
        for number, code in enumerate(wanted, start=1):
            prices[code] = past.directly(code, to)
            if number % LINES_PER_STEP == 0:
                await yield_to_event_loop()
        missing = [code for code, price in prices.items() if not _is_good(price)]
        if missing:
            bridges = [bridge for bridge in self._bridges if bridge != to]
            steps = await self._past([*_pairs(missing, bridges), *_pairs(bridges, [to])], asked, tables, bank)
            for code in missing:
                through = steps.through(code, to, bridges)
                if prices[code] is None or _is_good(through):
                    prices[code] = through
                await yield_to_event_loop()
        return {code: price or _NONE for code, price in prices.items()}

    async def _tables(self, asked: _Asked) -> list[HourlyTable]:
        async with self._database.reading() as unit:
            found = await unit.hourly_tables.find_last(asked.at)
        return [table.limited(by=asked.at, exchange=asked.exchange) for table in found]

    async def _past(
        self, pairs: Sequence[Pair], asked: _Asked, tables: Sequence[HourlyTable], bank: ReferenceRates | None
    ) -> PastPrices:
        found: dict[Pair, RecordedQuote] = {}
        for start in range(0, len(pairs), PAIRS_AT_A_TIME):
            recorded = await self._recorded(pairs[start : start + PAIRS_AT_A_TIME], asked)
            found |= {pair: each for pair, each in recorded.items() if named(each.quote) == (pair.base, pair.quote)}
            await yield_to_event_loop()
        return PastPrices(found, tables, bank, asked.at, asked.max_age_seconds)

    async def _recorded(self, pairs: Sequence[Pair], asked: _Asked) -> Mapping[Pair, RecordedQuote]:
        async with self._database.reading() as unit:
            if asked.exchange is None:
                return await unit.quotes.find_newest(pairs, asked.at)
            since = asked.at - LONGEST_LOOK_BACK_SECONDS
            return await unit.quotes.find_newest_of(asked.exchange, pairs, since, asked.at)


def _is_good(price: Pricing | None) -> bool:
    return isinstance(price, Price) and price.stale_reason is None


def _pairs(some: Iterable[Currency], others: Sequence[Currency]) -> list[Pair]:
    """Return the pairs of each of these with each of the others, either way round."""
    ends = ((one, other) for one in some for other in others if one != other)
    return [pair for one, other in ends for pair in (Pair(one, other), Pair(other, one))]
