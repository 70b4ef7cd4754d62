"""Quotes are stored for good, exactly, in order, and one an hour."""

import asyncio
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from application.ports.database import Database
from application.quotes.ports.quote_repository import Position, QuoteFilter
from application.quotes.ports.repositories import QuotesRepositories
from domain.pair import Pair, Side
from domain.quotes.quote import PricedLeg, Quote, RecordedQuote
from tests.unit.fakes.clock import NOON

AT = int(NOON)
HOUR = AT // 3600 * 3600
BTC_USD, ETH_USDT, UNKNOWN = Pair.parse("BTC/USD"), Pair.parse("ETH/USDT"), Pair.parse("币安人生/X.Y-Z_$")

RATES = ["97000.12", "1E-30", "1E+30", "0.123456789012", "123456789012", "5E+1"]
LEGS = (
    PricedLeg("kucoin", "ETH-USDT", Side.SELL, Decimal("3400.100"), AT - 1),
    PricedLeg("kucoin", "币安人生-USDT", Side.BUY, Decimal("0.00000000000000000000000053"), AT),
    PricedLeg("ecb", "EUR/USD", Side.SELL, Decimal("1.09720"), AT - 60, date(2024, 4, 26)),
)


def quote(
    pair: Pair = BTC_USD, rate: str = "1", source: str = "alphavantage", at: int = AT, legs: tuple[PricedLeg, ...] = ()
) -> Quote:
    return Quote(pair, Decimal(rate), source, at, legs)


async def added(database: Database[QuotesRepositories], *quotes: Quote) -> list[RecordedQuote]:
    async with database.writing() as work:
        return [await work.quotes.add(each, AT + 5) for each in quotes]


async def page(
    database: Database[QuotesRepositories],
    chosen: QuoteFilter | None = None,
    before: Position | None = None,
    limit: int = 100,
) -> list[RecordedQuote]:
    async with database.reading() as work:
        return await work.quotes.list_page(chosen or QuoteFilter(), before, limit)


@pytest.mark.parametrize("rate", RATES)
async def test_a_rate_is_read_back_digit_by_digit(database: Database[QuotesRepositories], rate: str) -> None:
    await added(database, quote(rate=rate))
    (kept,) = await page(database)
    assert str(kept.quote.rate) == str(Decimal(rate))


async def test_a_quote_is_read_back_with_its_route_and_its_hour(database: Database[QuotesRepositories]) -> None:
    plain, routed = quote(), quote(UNKNOWN, "2.50", "exchanges", AT + 1, LEGS)
    async with database.writing() as work:
        on_request = await work.quotes.add(plain, AT + 5)
        of_hour = await work.quotes.add_for_hour(routed, AT + 6, HOUR)
    assert of_hour is not None
    assert await page(database) == [of_hour, on_request]
    assert (on_request.quote, on_request.recorded_at, on_request.hour) == (plain, AT + 5, None)
    assert (of_hour.quote, of_hour.recorded_at, of_hour.hour) == (routed, AT + 6, HOUR)
    assert of_hour.id > on_request.id


async def test_an_hour_has_one_quote_of_a_pair_and_source(database: Database[QuotesRepositories]) -> None:
    async with database.writing() as work:
        first = await work.quotes.add_for_hour(quote(rate="1"), AT, HOUR)
        assert await work.quotes.add_for_hour(quote(rate="2"), AT + 1, HOUR) is None
        others = [
            await work.quotes.add_for_hour(quote(), AT, HOUR + 3600),
            await work.quotes.add_for_hour(quote(ETH_USDT), AT, HOUR),
            await work.quotes.add_for_hour(quote(source="exchanges"), AT, HOUR),
        ]
    assert None not in others
    assert len(await page(database)) == 4
    async with database.reading() as work:
        assert await work.quotes.find_by_hour(ETH_USDT, HOUR) == others[1]
        assert await work.quotes.find_by_hour(BTC_USD, HOUR + 3600) == others[0]
        assert await work.quotes.find_by_hour(BTC_USD, HOUR) in {first, others[2]}
        assert await work.quotes.find_by_hour(UNKNOWN, HOUR) is None


async def test_one_of_many_simultaneous_recordings_of_an_hour_succeeds(database: Database[QuotesRepositories]) -> None:
    async def record(rate: int) -> RecordedQuote | None:
        async with database.writing() as work:
            return await work.quotes.add_for_hour(quote(rate=str(rate)), AT, HOUR)

    outcomes = await asyncio.gather(*map(record, range(1, 9)))
    assert len([each for each in outcomes if each is not None]) == 1
    assert len(await page(database)) == 1


async def test_quotes_on_request_add_their_own_and_stand_for_no_hour(database: Database[QuotesRepositories]) -> None:
    async with database.writing() as work:
        await work.quotes.add_for_hour(quote(), AT, HOUR)
    await added(database, quote(), quote())
    assert len(await page(database)) == 3


async def test_the_newest_quote_is_the_last_observed_then_the_last_added(
    database: Database[QuotesRepositories],
) -> None:
    _, first, last, _ = await added(database, quote(at=AT - 1), quote(at=AT), quote(at=AT), quote(at=AT - 2))
    async with database.reading() as work:
        assert await work.quotes.find_newest([BTC_USD]) == {BTC_USD: last}
        assert await work.quotes.find_newest([ETH_USDT]) == {}
    assert first.id < last.id


async def test_the_newest_quotes_of_many_pairs_are_found_together(
    database: Database[QuotesRepositories],
) -> None:
    _, of_eth, of_btc, _ = await added(
        database, quote(at=AT), quote(ETH_USDT, at=AT - 9, legs=LEGS), quote(at=AT + 1), quote(Pair.parse("A/B"))
    )
    odd = Pair.parse("币安人生/X.Y-Z_$")
    (of_odd,) = await added(database, quote(odd))
    async with database.reading() as work:
        assert await work.quotes.find_newest([Pair.parse("X/Y"), ETH_USDT, odd, BTC_USD, ETH_USDT]) == {
            ETH_USDT: of_eth,
            odd: of_odd,
            BTC_USD: of_btc,
        }
        assert await work.quotes.find_newest([]) == {}


async def test_the_newest_quotes_by_a_moment_are_found(database: Database[QuotesRepositories]) -> None:
    before, then, _ = await added(database, quote(at=AT - 10), quote(at=AT), quote(at=AT + 10))
    (other,) = await added(database, quote(ETH_USDT, at=AT - 5))
    async with database.reading() as work:
        assert await work.quotes.find_newest([BTC_USD, ETH_USDT], AT) == {BTC_USD: then, ETH_USDT: other}
        assert await work.quotes.find_newest([BTC_USD, ETH_USDT], AT - 6) == {BTC_USD: before}
        assert await work.quotes.find_newest([BTC_USD], AT - 11) == {}


async def test_the_first_quotes_after_a_moment_are_found(database: Database[QuotesRepositories]) -> None:
    last, then, _, _ = await added(database, quote(at=AT + 9), quote(at=AT + 2), quote(at=AT + 2), quote(at=AT))
    (other,) = await added(database, quote(ETH_USDT, at=AT + 5))
    async with database.reading() as work:
        assert await work.quotes.find_next([BTC_USD, ETH_USDT, UNKNOWN], AT) == {BTC_USD: then, ETH_USDT: other}
        assert await work.quotes.find_next([BTC_USD, ETH_USDT], AT + 5) == {BTC_USD: last}
        assert await work.quotes.find_next([], AT) == {}


async def test_the_first_quotes_of_one_exchange_after_a_moment_are_found(
    database: Database[QuotesRepositories],
) -> None:
    of = {name: (replace(LEGS[0], exchange=name),) for name in ("binance", "kucoin")}
    _, _, mine, _ = await added(
        database,
        quote(at=AT, legs=of["binance"]),
        quote(at=AT + 1, legs=of["kucoin"]),
        quote(at=AT + 5, legs=of["binance"]),
        quote(at=AT + 7, legs=of["binance"]),
    )
    async with database.reading() as work:
        find = work.quotes.find_next_of
        assert await find("binance", [BTC_USD, ETH_USDT], AT, AT + 60) == {BTC_USD: mine}
        assert await find("binance", [BTC_USD], AT, AT + 4) == {}


async def test_the_newest_quotes_of_one_exchange_are_found(database: Database[QuotesRepositories]) -> None:
    at_bank = PricedLeg("ecb", "EUR/USD", Side.SELL, Decimal(1), AT, date(2026, 1, 2))
    of = {name: (replace(LEGS[0], exchange=name),) for name in ("binance", "binance_us", "kucoin")}
    both = (*of["binance"], at_bank)
    _, mine, _, _, _, _ = await added(
        database,
        quote(at=AT - 20, legs=of["binance"]),
        quote(at=AT - 10, legs=of["binance"] * 2),
        quote(at=AT - 5, legs=of["binance_us"]),
        quote(at=AT - 3, legs=both),
        quote(at=AT - 2),
        quote(at=AT + 1, legs=of["binance"]),
    )
    (other,) = await added(database, quote(ETH_USDT, at=AT - 7, legs=of["kucoin"]))
    async with database.reading() as work:
        find = work.quotes.find_newest_of
        assert await find("binance", [BTC_USD, ETH_USDT], AT - 60, AT) == {BTC_USD: mine}
        assert await find("kucoin", [BTC_USD, ETH_USDT], AT - 60, AT) == {ETH_USDT: other}
        assert await find("binance", [BTC_USD], AT - 9, AT) == {}
        assert await find("ecb", [BTC_USD], AT - 60, AT) == {}


async def test_the_last_on_request_is_the_last_added_whenever_it_was_observed(
    database: Database[QuotesRepositories],
) -> None:
    _, last, _ = await added(database, quote(at=AT), quote(at=AT - 100), quote(ETH_USDT))
    async with database.writing() as work:
        await work.quotes.add_for_hour(quote(at=AT + 1), AT, HOUR)
    async with database.reading() as work:
        assert await work.quotes.find_last_on_request(BTC_USD) == last
        assert await work.quotes.find_last_on_request(UNKNOWN) is None


async def test_pages_follow_each_other_from_the_newest(database: Database[QuotesRepositories]) -> None:
    moments = [AT, AT, AT, AT - 5, AT + 5, AT - 5]
    kept = await added(database, *(quote(at=at) for at in moments))
    newest_first = sorted(kept, key=lambda each: (each.quote.observed_at, each.id), reverse=True)
    walked: list[RecordedQuote] = []
    before = None
    while found := await page(database, before=before, limit=2):
        walked += found
        before = Position(found[-1].quote.observed_at, found[-1].id)
    assert walked == newest_first


async def test_paging_sees_each_quote_once_while_others_are_added(database: Database[QuotesRepositories]) -> None:
    kept = await added(database, *(quote(at=AT + number) for number in range(10)))
    first = await page(database, limit=5)
    await added(database, quote(at=AT + 100), quote(at=AT + 7), quote(at=AT - 100))
    last = first[-1]
    rest = await page(database, before=Position(last.quote.observed_at, last.id))
    seen = [each.id for each in [*first, *rest]]
    assert len(seen) == len(set(seen))
    assert {each.id for each in kept} <= set(seen)


@pytest.mark.parametrize(
    ("chosen", "moments"),
    [
        (QuoteFilter(), [3, 2, 1, 0]),
        (QuoteFilter(pair=BTC_USD), [2, 1, 0]),
        (QuoteFilter(source="exchanges"), [3, 1]),
        (QuoteFilter(pair=BTC_USD, source="exchanges"), [1]),
        (QuoteFilter(since=AT + 1), [3, 2, 1]),
        (QuoteFilter(until=AT + 2), [1, 0]),
        (QuoteFilter(since=AT + 1, until=AT + 3), [2, 1]),
        (QuoteFilter(since=AT + 2, until=AT + 2), []),
        (QuoteFilter(pair=UNKNOWN), []),
    ],
    ids=str,
)
async def test_only_matching_quotes_are_listed(
    database: Database[QuotesRepositories], chosen: QuoteFilter, moments: list[int]
) -> None:
    await added(
        database,
        quote(at=AT, rate="0.5"),
        quote(at=AT + 1, source="exchanges", rate="1.5"),
        quote(at=AT + 2, rate="2.5"),
        quote(ETH_USDT, at=AT + 3, source="exchanges", rate="3.5"),
    )
    assert [each.quote.observed_at - AT for each in await page(database, chosen)] == moments


async def test_the_fingerprint_of_quotes_changes_only_with_those_that_match(
    database: Database[QuotesRepositories],
) -> None:
    of_usd = QuoteFilter(BTC_USD, source="alphavantage", since=AT, until=AT + 10)

    async def fingerprints() -> tuple[str, str]:
        async with database.reading() as work:
            return await work.quotes.fingerprint(of_usd), await work.quotes.fingerprint(QuoteFilter())

    empty = await fingerprints()
    await added(database, quote())
    one = await fingerprints()
    await added(database, quote(ETH_USDT), quote(source="exchanges"), quote(at=AT + 10), quote(at=AT - 1))
    others = await fingerprints()
    await added(database, quote(rate="2"))
    two = await fingerprints()
    assert await fingerprints() == two
    assert len({empty[0], one[0], two[0]}) == 3
    assert others[0] == one[0]
    assert len({empty[1], one[1], others[1], two[1]}) == 4
