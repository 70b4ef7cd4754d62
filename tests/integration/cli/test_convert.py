"""`crossrate convert`: what it shows, and its exit status."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import aiohttp
import pytest

from domain.decimals import plain
from domain.rates.rounding import round_rate
from tests.servers.command import Ended, environment, run_crossrate
from tests.servers.simulated_exchanges import SimulatedExchanges, running_simulated_exchanges, settings_of
from tests.servers.source import free_port

Convert = Callable[..., Awaitable[Ended]]

# Longer than from the epoch to now: prices stand still, while the exchanges' clocks are right.
ONE_LONG_TICK_SECONDS = 10**10

LONG_AMOUNT = "1.1234567890123456789012345678901234e-18"


@pytest.fixture(scope="module")
async def still_market() -> AsyncIterator[SimulatedExchanges]:
    async with (
        aiohttp.ClientSession() as client,
        running_simulated_exchanges(client, in_real_time=True, tick_seconds=ONE_LONG_TICK_SECONDS) as exchanges,
    ):
        yield exchanges


@pytest.fixture
async def convert(still_market: SimulatedExchanges, tmp_path: Path) -> Convert:
    """Run `crossrate convert` with these arguments, and with these settings and the simulated exchanges' addresses."""
    await still_market.reset()

    async def run(*arguments: str, columns: str = "80", **settings: str) -> Ended:
        variables = environment(**(settings_of(still_market.url) | settings)) | {"COLUMNS": columns}
        return await run_crossrate("convert", *arguments, folder=tmp_path, environment=variables)

    return run


def rows(ended: Ended) -> list[list[str]]:
    """Return the cells of every row."""
    assert (ended.status, ended.errors) == (0, "")
    return [line.split("\t") for line in ended.output.splitlines() if line]


def age(cell: str) -> float:
    number, unit = cell.split()
    assert unit == "s"
    return float(number)


async def test_it_shows_rate_result_and_exchange(convert: Convert, still_market: SimulatedExchanges) -> None:
    book = (await still_market.tradable("binance"))["TRXUSDT"]
    rate = round_rate(Decimal(1), book.mid)
    assert rows(await convert("100", "usdt", "TRX")) == [
        ["rate", f"1 USDT = {plain(rate)} TRX"],
        ["result", f"100 USDT = {plain(100 * rate)} TRX"],
        ["exchange", "binance"],
    ]


async def test_a_route_shows_each_legs_symbol_side_price_and_age(
    convert: Convert, still_market: SimulatedExchanges
) -> None:
    books = await still_market.tradable("kucoin")
    answer = await convert(
        "0.5", "TRX", "ADA", "--route", "--exchange", "KuCoin", "--rate-type", "executable", exchanges="binance,kucoin"
    )
    rate_row, result_row, exchange_row, *legs = rows(answer)
    assert exchange_row == ["exchange", "kucoin"]
    assert [(leg[0], leg[2]) for leg in legs] == [("1", "sell"), ("2", "buy")]
    sold, bought = (books[leg[1]] for leg in legs)
    assert (sold.base, bought.base, sold.quote) == ("TRX", "ADA", bought.quote)
    assert [leg[3] for leg in legs] == [f"{plain(sold.bid)} {sold.quote}", f"{plain(bought.ask)} {bought.quote}"]
    assert all(0 <= age(leg[4]) < 30 for leg in legs)
    rate = round_rate(sold.bid, bought.ask)
    assert rate_row == ["rate", f"1 TRX = {plain(rate)} ADA"]
    assert result_row == ["result", f"0.5 TRX = {plain(rate / 2)} ADA"]


async def test_best_depth_and_median_show_what_belongs_to_them(convert: Convert) -> None:
    best = dict(rows(await convert("1", "BTC", "USDT", "--exchange", "best")))
    assert {"binance", "kucoin"} - {best["exchange"]} <= set(best)
    depth = rows(await convert("0.25", "BTC", "USDT", "--rate-type", "depth", "--route"))
    assert [row[0] for row in depth] == ["rate", "result", "received", "fee", "slippage", "exchange", "1"]
    median = dict(rows(await convert("1", "BTC", "USDT", "--rate-type", "median")))
    assert {"binance", "kucoin"} <= set(median)
    assert is_stopped(await convert("1", "BTC", "USDT", "--rate-type", "median", "--exchange", "kucoin"), 2, "all")
    assert is_stopped(await convert("100000000", "BTC", "USDT", "--rate-type", "depth"), 1, "too thin")


@pytest.mark.parametrize("columns", ["80", "40"])
async def test_long_numbers_are_never_cut(convert: Convert, still_market: SimulatedExchanges, columns: str) -> None:
    rate = (await still_market.tradable("kucoin"))["SHIB-BTC"].mid
    _, (_, result), _ = rows(await convert(LONG_AMOUNT, "SHIB", "BTC", "--exchange", "kucoin", columns=columns))
    amount = plain(Decimal(LONG_AMOUNT))
    given, worth = result.removesuffix(" BTC").split(" SHIB = ")
    assert given == amount
    assert Fraction(worth) == Fraction(amount) * Fraction(rate)
    assert len(worth) > 60


async def test_json_is_what_the_api_answers(convert: Convert, still_market: SimulatedExchanges) -> None:
    book = (await still_market.tradable("binance"))["TRXUSDT"]
    rate = round_rate(Decimal(1), book.mid)
    ended = await convert("100", "usdt", "TRX", "--route", "--json", columns="20")
    answer = json.loads(ended.output)
    (leg,) = answer.pop("route")
    assert answer == {
        "currency_from": "USDT",
        "currency_to": "TRX",
        "exchange": "binance",
        "rate": plain(rate),
        "result": plain(100 * rate),
        "updated_at": leg["observed_at"],
    }
    assert (leg["symbol"], leg["side"], leg["price"]) == ("TRXUSDT", "buy", plain(book.mid))


async def test_a_currency_converts_into_itself_one_to_one_without_a_leg(convert: Convert) -> None:
    assert rows(await convert("7", "BTC", "BTC", "--route")) == [
        ["rate", "1 BTC = 1 BTC"],
        ["result", "7 BTC = 7 BTC"],
        ["exchange", "binance"],
    ]


async def test_the_second_exchange_answers_if_the_first_is_down(
    convert: Convert, still_market: SimulatedExchanges
) -> None:
    await still_market.commit("binance", "status", code=503)
    assert rows(await convert("1", "BTC", "USDT"))[2] == ["exchange", "kucoin"]


def is_stopped(ended: Ended, status: int, *words: str) -> bool:
    """Assert that it ended with this status, and with one line that says these words instead of an answer."""
    assert (ended.status, ended.output) == (status, ""), ended.errors
    (line,) = ended.errors.splitlines()
    assert [word for word in words if word not in line] == [], line
    return True


async def test_dollars_come_from_an_exchange_and_the_bank(convert: Convert) -> None:
    ended = await convert("1", "BTC", "USD", "--route", "--json", reference_rates="ecb")
    assert (ended.status, ended.errors) == (0, "")
    answer = json.loads(ended.output)
    assert answer["exchange"] == "binance+ecb"
    assert {leg["exchange"] for leg in answer["route"]} == {"binance", "ecb"}
    assert rows(await convert("1", "GBP", "USD", reference_rates="ecb"))[2] == ["exchange", "ecb"]


async def test_while_the_bank_is_down_dollars_exit_with_3(convert: Convert) -> None:
    ended = await convert("1", "BTC", "USD", reference_rates="ecb", ecb_url=f"http://127.0.0.1:{free_port()}")
    assert (ended.status, ended.output) == (3, "")
    assert "ecb: stale: none of its rates are here yet" in ended.errors


async def test_without_a_route_it_exits_with_1_and_a_reason_for_each_exchange(convert: Convert) -> None:
    words = ("No route from NOPE to BTC", "binance: NOPE is not listed", "kucoin: NOPE is not listed")
    assert is_stopped(await convert("1", "NOPE", "BTC"), 1, *words)


async def test_an_unknown_exchange_exits_with_2_and_names_the_configured_ones(
    convert: Convert, still_market: SimulatedExchanges
) -> None:
    ended = await convert("1", "BTC", "USDT", "--exchange", "kucoin", exchanges="binance")
    assert is_stopped(ended, 2, "kucoin is not a supported exchange", "supported ones are: binance")
    assert await still_market.all_calls() == 0


async def test_if_all_exchanges_are_down_it_exits_with_3_and_names_them(
    convert: Convert, still_market: SimulatedExchanges
) -> None:
    await still_market.commit("binance", "status", code=503)
    ended = await convert("1", "BTC", "USDT", kucoin_url=f"http://127.0.0.1:{free_port()}")
    assert is_stopped(ended, 3, "binance: server_error", "kucoin: network")


async def test_no_other_exchange_answers_for_a_named_one_that_is_down(
    convert: Convert, still_market: SimulatedExchanges
) -> None:
    await still_market.commit("binance", "drop")
    assert is_stopped(await convert("1", "BTC", "USDT", "--exchange", "binance"), 3, "binance: network")
    assert await still_market.calls("kucoin") == 0
