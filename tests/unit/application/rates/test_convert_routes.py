"""Which exchange answers, and the reasons when none has a route."""

import pytest

from domain.decimals import plain
from domain.rates.book import RateType
from domain.rates.errors import UnknownExchange
from tests.unit.application.rates.harness import ConversionHarness
from tests.unit.fakes.clock import NOON

KELVIN = "\u212a"  # its lower case is an ordinary k

TIGHT = ("1", "1")
NO_ROUTE = "no route of at most 3 legs with prices on both sides"


async def test_the_first_exchange_that_has_the_pair_answers() -> None:
    harness = ConversionHarness({"TRX/USDT": ("0.1", "0.15")}, {"TRX/USDT": TIGHT})
    conversion = await harness.convert("USDT", "TRX", "100")
    assert conversion.route.exchange == "binance"
    assert (plain(conversion.rate), plain(conversion.result)) == ("8", "800")
    assert conversion.updated_at == NOON
    assert harness.kucoin.calls == 0


async def test_an_executable_rate_pays_the_ask() -> None:
    harness = ConversionHarness({"TRX/USDT": ("0.1", "0.125")})
    assert plain((await harness.convert("USDT", "TRX", rate_type=RateType.EXECUTABLE)).rate) == "8"
    assert plain((await harness.convert("TRX", "USDT", rate_type=RateType.EXECUTABLE)).rate) == "0.1"


async def test_a_pair_that_only_the_second_exchange_has_is_answered_by_it() -> None:
    harness = ConversionHarness({"BTC/USDT": TIGHT}, {"KCS/USDT": TIGHT})
    assert (await harness.convert("KCS", "USDT")).route.exchange == "kucoin"


async def test_a_direct_pair_on_the_second_exchange_comes_before_a_detour_on_the_first() -> None:
    harness = ConversionHarness({"TRX/USDT": TIGHT, "ADA/USDT": TIGHT}, {"TRX/ADA": ("1", "9")})
    conversion = await harness.convert("TRX", "ADA")
    assert (conversion.route.exchange, len(conversion.route.legs)) == ("kucoin", 1)
    assert harness.binance.book_tickers_calls == 0


async def test_a_dead_direct_pair_on_the_first_exchange_gives_way_to_a_live_one_on_the_second() -> None:
    harness = ConversionHarness({"TRX/ADA": ("0", "0"), "TRX/USDT": TIGHT, "ADA/USDT": TIGHT}, {"TRX/ADA": TIGHT})
    assert (await harness.convert("TRX", "ADA")).route.exchange == "kucoin"


async def test_without_a_direct_pair_anywhere_the_first_exchange_s_detour_answers() -> None:
    detour = {"TRX/USDT": ("1", "2"), "ADA/USDT": ("1", "2")}
    harness = ConversionHarness(detour, {"TRX/BTC": TIGHT, "ADA/BTC": TIGHT})
    conversion = await harness.convert("TRX", "ADA")
    assert [(leg.exchange, leg.symbol) for leg in conversion.route.legs] == [
        ("binance", "TRX/USDT"),
        ("binance", "ADA/USDT"),
    ]
    assert harness.kucoin.book_tickers_calls == 0


async def test_legs_of_two_exchanges_are_never_joined() -> None:
    harness = ConversionHarness({"TRX/USDT": TIGHT, "ADA/BTC": TIGHT}, {"ADA/USDT": TIGHT, "TRX/BTC": TIGHT})
    error = await harness.no_route("TRX", "ADA")
    assert error.reasons == {"binance": NO_ROUTE, "kucoin": NO_ROUTE}


async def test_a_single_leg_is_all_there_is_where_the_setting_says_so() -> None:
    harness = ConversionHarness({"TRX/USDT": TIGHT, "ADA/USDT": TIGHT}, max_legs=1)
    harness.kucoin.trade({"KCS/USDT": TIGHT})
    error = await harness.no_route("TRX", "ADA")
    assert error.reasons == {
        "binance": "no route of at most 1 leg with prices on both sides",
        "kucoin": "TRX is not listed",
    }


async def test_each_exchange_has_a_reason_of_its_own_for_having_no_route() -> None:
    harness = ConversionHarness({"BTC/USDT": TIGHT, "ABC/XYZ": TIGHT}, {"BTC/USDT": TIGHT})
    error = await harness.no_route("BTC", "ABC")
    assert error.reasons == {"binance": NO_ROUTE, "kucoin": "ABC is not listed"}
    assert list(error.reasons) == ["binance", "kucoin"]
    assert (error.currency_from, error.currency_to) == ("BTC", "ABC")


async def test_an_unlisted_currency_makes_no_call_for_prices() -> None:
    harness = ConversionHarness({"BTC/USDT": TIGHT}, {"BTC/USDT": TIGHT})
    await harness.no_route("BTC", "NONE")
    await harness.no_route("NONE", "BTC")
    assert (harness.binance.book_tickers_calls, harness.kucoin.book_tickers_calls) == (0, 0)


async def test_a_halted_pair_is_not_traded_even_though_it_has_a_price() -> None:
    harness = ConversionHarness({"BTC/USDT": TIGHT, "OLD/USDT": TIGHT}, {"BTC/USDT": TIGHT})
    harness.binance.halted = {"OLD/USDT"}
    assert (await harness.no_route("OLD", "BTC")).reasons["binance"] == "OLD is not listed"


async def test_a_listed_currency_is_itself_at_rate_1_without_a_call_for_prices() -> None:
    harness = ConversionHarness({"BTC/USDT": TIGHT}, {"KCS/USDT": TIGHT})
    conversion = await harness.convert("KCS", "KCS", "12.5")
    assert (conversion.route.exchange, plain(conversion.rate), plain(conversion.result)) == ("kucoin", "1", "12.5")
    assert conversion.updated_at == NOON
    assert (harness.binance.book_tickers_calls, harness.kucoin.book_tickers_calls) == (0, 0)


async def test_an_unlisted_currency_is_not_even_itself() -> None:
    harness = ConversionHarness({"BTC/USDT": TIGHT}, {"KCS/USDT": TIGHT})
    assert set((await harness.no_route("NONE", "NONE")).reasons.values()) == {"NONE is not listed"}


@pytest.mark.parametrize("name", ["kucoin", "KuCoin", "KUCOIN"])
async def test_a_named_exchange_is_found_in_any_case_and_no_other_is_asked(name: str) -> None:
    harness = ConversionHarness({"BTC/USDT": TIGHT}, {"BTC/USDT": TIGHT})
    assert (await harness.convert("BTC", "USDT", exchange=name)).route.exchange == "kucoin"
    assert harness.binance.calls == 0


async def test_a_named_exchange_without_a_route_is_not_replaced() -> None:
    harness = ConversionHarness({"BTC/USDT": TIGHT}, {"KCS/USDT": TIGHT})
    assert (await harness.no_route("BTC", "USDT", "kucoin")).reasons == {"kucoin": "BTC is not listed"}
    assert harness.binance.calls == 0


@pytest.mark.parametrize("name", ["kraken", "", " kucoin", "kucoin\n", KELVIN + "ucoin", "ku coin"], ids=ascii)
async def test_an_unknown_exchange_is_rejected_with_the_supported_names_and_none_is_called(name: str) -> None:
    harness = ConversionHarness({"BTC/USDT": TIGHT}, {"BTC/USDT": TIGHT})
    with pytest.raises(UnknownExchange, match="the supported ones are: binance, kucoin") as caught:
        await harness.convert("BTC", "USDT", exchange=name)
    assert (caught.value.name, caught.value.supported) == (name, ("binance", "kucoin"))
    assert harness.binance.calls + harness.kucoin.calls == 0
