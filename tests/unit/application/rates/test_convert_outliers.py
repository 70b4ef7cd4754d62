"""A price that jumps converts nothing until the exchange itself, or the other exchange, confirms it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from decimal import Decimal

import pytest
from structlog.testing import capture_logs

from application.market_data.ports.fetch_lock import Payload
from application.rates.batch import ConversionLine
from domain.currency import Currency
from domain.rates.book_tickers import BookTickers
from domain.rates.conversion import Conversion
from domain.rates.errors import ConversionUnavailable, FailureReason
from domain.rates.instruments import Instruments, Row
from tests.unit.application.market_data.waiting import settled
from tests.unit.application.rates.harness import ConversionHarness
from tests.unit.fakes.exchange import Prices

BTC = {"BTC/USDT": ("100", "100")}
CRASHED = {"BTC/USDT": ("40", "40")}
FORGED = ("1.005", "1.005")
FOREVER = 3600.0

Make = Callable[..., ConversionHarness]


@pytest.fixture
async def made() -> AsyncIterator[Make]:
    """Make harnesses in which prices may jump by 20%, and which ask again at once or never."""
    harnesses = []

    def make(
        binance: dict[str, Prices], kucoin: dict[str, Prices] | None = None, confirm_after: float = FOREVER
    ) -> ConversionHarness:
        harness = ConversionHarness(binance, kucoin, max_jump_percent=20, confirm_after_seconds=confirm_after)
        harnesses.append(harness)
        return harness

    yield make
    for harness in harnesses:
        for market in harness.markets.values():
            await market.close()


async def planted(harness: ConversionHarness, exchange: str, prices: dict[str, Prices]) -> None:
    """Put prices into the cache, as somebody who has its secret can, and have the process look."""
    rows = [(symbol, bid, ask) for symbol, (bid, ask) in prices.items()]
    token = await harness.fetch_lock.fetched_elsewhere(exchange, Payload.BOOK_TICKERS)
    harness.clock.advance(0.1)
    await harness.cache.write_book_tickers(BookTickers.of(exchange, rows, harness.clock.now()), token)
    await harness.markets[exchange].load()


async def test_a_price_planted_in_the_cache_is_never_the_answer_and_the_other_exchange_gives_one(made: Make) -> None:
    harness = made(BTC, {"BTC/USDT": ("101", "101")})
    await harness.convert("BTC", "USDT")
    await harness.convert("BTC", "USDT", exchange="kucoin")
    for _ in range(3):
        await planted(harness, "binance", {"BTC/USDT": FORGED})
        answer = await harness.convert("BTC", "USDT", cache_max_seconds=60)
        assert (answer.route.exchange, answer.rate) == ("kucoin", Decimal(101))


async def test_prices_planted_for_both_exchanges_do_not_confirm_each_other(made: Make) -> None:
    harness = made(BTC, BTC)
    await harness.convert("BTC", "USDT")
    await harness.convert("BTC", "USDT", exchange="kucoin")
    for name in ("binance", "kucoin", "binance"):
        await planted(harness, name, {"BTC/USDT": FORGED})
    assert await reasons(harness) == {"binance": FailureReason.HELD_BACK, "kucoin": FailureReason.HELD_BACK}


@pytest.mark.parametrize("step", ["0.84", "1.19"])
async def test_many_small_steps_in_the_cache_move_a_price_no_further_than_one(made: Make, step: str) -> None:
    harness = made(BTC)
    await harness.convert("BTC", "USDT")
    mid = Decimal(100)
    for _ in range(13):
        mid *= Decimal(step)
        await planted(harness, "binance", {"BTC/USDT": (f"{mid:.8f}", f"{mid:.8f}")})
    assert await reasons(harness) == {"binance": FailureReason.HELD_BACK}
    assert harness.meter.unconfirmed["binance"] == 1


async def test_steps_planted_for_both_exchanges_in_turn_are_no_ladder(made: Make) -> None:
    harness = made(BTC, BTC)
    await harness.convert("BTC", "USDT")
    await harness.convert("BTC", "USDT", exchange="kucoin")
    mid = Decimal(100)
    for _ in range(13):
        mid *= Decimal("1.09")
        for name in ("binance", "kucoin"):
            await planted(harness, name, {"BTC/USDT": (f"{mid:.8f}", f"{mid:.8f}")})
    assert await reasons(harness) == {"binance": FailureReason.HELD_BACK, "kucoin": FailureReason.HELD_BACK}


async def test_a_process_that_only_saw_cached_prices_believes_the_exchange_at_once(made: Make) -> None:
    harness = made(BTC)
    await harness.cache.write_instruments(await harness.binance.fetch_instruments(), 1)
    for mid in ("1", "1.15", "1.3"):
        await planted(harness, "binance", {"BTC/USDT": (mid, mid)})
    assert await reasons(harness) == {"binance": FailureReason.HELD_BACK}
    assert (await harness.convert("BTC", "USDT")).rate == 100


async def test_the_price_of_a_pair_that_only_the_cache_has_is_held_back(made: Make) -> None:
    harness = made(BTC | {"DEAD/USDT": ("0", "0")})
    await harness.convert("BTC", "USDT")
    await planted(harness, "binance", BTC | {"DEAD/USDT": ("7", "7")})
    with pytest.raises(ConversionUnavailable):
        await harness.convert("DEAD", "USDT", cache_max_seconds=60)
    harness.binance.trade(BTC | {"DEAD/USDT": ("7", "7")})
    assert (await harness.convert("DEAD", "USDT")).rate == 7


@pytest.mark.parametrize(
    "rows", [[("BTC/USDT", "ETH", "USDT"), ("ETH/USDT", "BTC", "USDT")], [("ETH/USDT", "BTC", "USDT")]]
)
async def test_a_planted_list_cannot_give_a_symbol_another_meaning(made: Make, rows: list[Row]) -> None:
    harness = made(BTC | {"ETH/USDT": ("9", "9")}, confirm_after=0)
    await harness.convert("BTC", "USDT")
    token = await harness.fetch_lock.fetched_elsewhere("binance", Payload.INSTRUMENTS)
    harness.clock.advance(0.1)
    await harness.cache.write_instruments(Instruments.of("binance", rows, harness.clock.now()), token)
    await harness.markets["binance"].load()
    assert (await harness.convert("BTC", "USDT", cache_max_seconds=60)).rate == 100
    await until(lambda: harness.binance.instruments_calls == 2)


async def reasons(harness: ConversionHarness) -> dict[str, FailureReason]:
    with pytest.raises(ConversionUnavailable) as caught:
        await harness.convert("BTC", "USDT", cache_max_seconds=60)
    return {name: failure.reason for name, failure in caught.value.failures.items()}


async def test_what_is_planted_is_asked_of_the_exchange_itself_and_then_right_again(made: Make) -> None:
    harness = made(BTC, confirm_after=0)
    await harness.convert("BTC", "USDT")
    await planted(harness, "binance", {"BTC/USDT": FORGED})
    calls = harness.binance.book_tickers_calls
    await until(lambda: harness.binance.book_tickers_calls > calls)
    assert (await harness.convert("BTC", "USDT", cache_max_seconds=60)).rate == 100


async def until(is_true: Callable[[], bool]) -> None:
    for _ in range(1000):
        await asyncio.sleep(0.001)
        if is_true():
            break
    assert is_true()
    await settled()


async def test_a_coin_that_really_falls_is_believed_at_the_second_fetch(made: Make) -> None:
    harness = made(BTC)
    await harness.convert("BTC", "USDT")
    harness.binance.trade(CRASHED)
    harness.clock.advance(5)
    assert (await harness.unavailable("BTC", "USDT")).failures["binance"].reason is FailureReason.HELD_BACK
    assert (await harness.convert("BTC", "USDT")).rate == 40


async def test_a_coin_that_really_falls_is_asked_for_again_without_anybody_waiting_for_it(made: Make) -> None:
    harness = made(BTC, confirm_after=0)
    await harness.convert("BTC", "USDT")
    harness.binance.trade(CRASHED)
    await harness.unavailable("BTC", "USDT")
    await until(lambda: harness.binance.book_tickers_calls == 3)
    assert (await harness.convert("BTC", "USDT", cache_max_seconds=60)).rate == 40
    await asyncio.sleep(0.02)
    assert harness.binance.book_tickers_calls == 3, "nothing is asked again once it is confirmed"


async def test_a_fall_that_the_other_exchange_shows_as_well_is_believed_at_once(made: Make) -> None:
    harness = made(BTC, {"BTC/USDT": ("41", "41")})
    await harness.convert("BTC", "USDT", exchange="kucoin")
    await harness.convert("BTC", "USDT")
    harness.binance.trade(CRASHED)
    assert (await harness.convert("BTC", "USDT")).rate == 40


async def test_prices_of_the_other_exchange_from_long_ago_confirm_nothing(made: Make) -> None:
    harness = made(BTC, CRASHED)
    await harness.convert("BTC", "USDT", exchange="kucoin")
    await harness.convert("BTC", "USDT")
    harness.clock.advance(61)
    harness.binance.trade(CRASHED)
    assert list((await harness.unavailable("BTC", "USDT", "binance")).failures) == ["binance"]


async def test_a_cached_value_confirms_nothing_but_is_confirmed_by_a_fetch(made: Make) -> None:
    harness = made(BTC)
    await harness.convert("BTC", "USDT")
    await planted(harness, "binance", CRASHED)
    await planted(harness, "binance", CRASHED)
    assert await reasons(harness) == {"binance": FailureReason.HELD_BACK}
    harness.binance.trade(CRASHED)
    assert (await harness.convert("BTC", "USDT")).rate == 40


async def test_a_price_that_returns_was_never_used_and_is_held_back_anew_the_next_time(made: Make) -> None:
    harness = made(BTC)
    await harness.convert("BTC", "USDT")
    for _ in range(2):
        harness.binance.trade({"BTC/USDT": ("300", "300")})
        await harness.unavailable("BTC", "USDT")
        harness.binance.trade(BTC)
        assert (await harness.convert("BTC", "USDT")).rate == 100


async def test_a_coin_that_is_another_one_elsewhere_is_not_taken_from_there(made: Make) -> None:
    twins: dict[str, Prices] = {"TWIN/USDT": ("325", "325")}
    harness = made(twins, {"TWIN/USDT": ("0.006", "0.006")})
    await harness.convert("TWIN", "USDT", exchange="kucoin")
    await harness.convert("TWIN", "USDT")
    await planted(harness, "binance", {"TWIN/USDT": ("0.01", "0.01")})
    with pytest.raises(ConversionUnavailable) as caught:
        await harness.convert("TWIN", "USDT", cache_max_seconds=60)
    assert (list(caught.value.failures), caught.value.diverging) == (["binance"], {"kucoin": ("TWIN/USDT",)})


async def test_other_pairs_and_other_routes_of_the_exchange_go_on(made: Make) -> None:
    more: dict[str, Prices] = {"BTC/EUR": ("90", "90"), "EUR/USDT": ("1.1", "1.1"), "ETH/USDT": ("9", "9")}
    harness = made(BTC | more)
    await harness.convert("BTC", "USDT")
    harness.binance.trade({"BTC/USDT": FORGED} | more)
    answer = await harness.convert("BTC", "USDT")
    assert (len(answer.route.legs), answer.rate) == (2, Decimal(99))
    assert (await harness.convert("ETH", "USDT", cache_max_seconds=60)).rate == 9


async def test_a_price_that_left_for_a_while_is_compared_when_it_returns(made: Make) -> None:
    harness = made(BTC | {"ETH/USDT": ("9", "9")})
    await harness.convert("BTC", "USDT")
    harness.binance.book_tickers = [("ETH/USDT", "9", "9")]
    await harness.no_route("BTC", "USDT")
    harness.binance.book_tickers = [("ETH/USDT", "9", "9"), ("BTC/USDT", *FORGED)]
    assert list((await harness.unavailable("BTC", "USDT")).failures) == ["binance"]


async def test_what_is_held_back_is_counted_and_logged_once(made: Make) -> None:
    harness = made(BTC)
    await harness.convert("BTC", "USDT")
    with capture_logs() as logs:
        for _ in range(3):
            await planted(harness, "binance", {"BTC/USDT": FORGED})
    (line,) = [entry for entry in logs if entry["event"] == "prices_held_back"]
    assert (line["exchange"], line["some"]) == ("binance", {"BTC/USDT": {"before": 100.0, "now": 1.005}})
    assert (harness.meter.held_back["binance"], harness.meter.unconfirmed["binance"]) == (1, 1)
    await harness.convert("BTC", "USDT")
    assert harness.meter.unconfirmed["binance"] == 0


async def test_a_batch_gives_an_honest_refusal_for_the_lines_that_need_it(made: Make) -> None:
    harness = made(BTC | {"ETH/USDT": ("9", "9")})
    await harness.convert("BTC", "USDT")
    await planted(harness, "binance", {"BTC/USDT": FORGED, "ETH/USDT": ("9", "9")})
    lines = [
        ConversionLine(Decimal(1), Currency(code), Currency("USDT"), cache_max_seconds=60) for code in ("BTC", "ETH")
    ]
    refused, converted = await harness.convert_many(*lines)
    assert isinstance(converted, Conversion)
    assert "held_back" in str(refused)
