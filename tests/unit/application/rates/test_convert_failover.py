"""What happens when an exchange cannot be asked, and how often it is tried."""

from decimal import Decimal

import pytest

from domain.rates.errors import FailureReason
from domain.rates.spread import SpreadBounds
from tests.unit.application.market_data.waiting import answers, settled, started
from tests.unit.application.rates.harness import ConversionHarness
from tests.unit.fakes.exchange import failure

TIGHT = ("1", "1")
BTC_USDT = {"BTC/USDT": TIGHT}
DETOUR = {"TRX/USDT": TIGHT, "ADA/USDT": TIGHT}

LASTING = [
    FailureReason.TIMEOUT,
    FailureReason.RATE_LIMITED,
    FailureReason.BLOCKED,
    FailureReason.REFUSED,
]


async def test_when_the_first_exchange_fails_the_second_answers() -> None:
    harness = ConversionHarness(BTC_USDT, BTC_USDT)
    harness.binance.standing_failure = failure("binance")
    assert (await harness.convert("BTC", "USDT")).route.exchange == "kucoin"


async def test_when_the_first_exchange_has_instruments_but_no_prices_the_second_answers() -> None:
    harness = ConversionHarness(BTC_USDT, BTC_USDT)
    harness.binance.book_tickers = []
    assert (await harness.convert("BTC", "USDT")).route.exchange == "kucoin"


async def test_when_both_fail_the_error_has_both_failures() -> None:
    harness = ConversionHarness(BTC_USDT, BTC_USDT)
    harness.binance.standing_failure = failure("binance", FailureReason.RATE_LIMITED, retry_after_seconds=7)
    harness.kucoin.standing_failure = failure("kucoin", FailureReason.TIMEOUT, is_transient=False)
    error = await harness.unavailable("BTC", "USDT")
    assert {name: failed.reason for name, failed in error.failures.items()} == {
        "binance": FailureReason.RATE_LIMITED,
        "kucoin": FailureReason.TIMEOUT,
    }
    assert error.reasons == {}


async def test_when_an_exchange_that_failed_might_have_the_route_the_conversion_is_unavailable() -> None:
    harness = ConversionHarness(BTC_USDT, BTC_USDT)
    harness.binance.standing_failure = failure("binance")
    error = await harness.unavailable("NONE", "USDT")
    assert list(error.failures) == ["binance"]
    assert error.reasons == {"kucoin": "NONE is not listed"}


async def test_a_named_exchange_that_is_down_is_never_replaced() -> None:
    harness = ConversionHarness(BTC_USDT, BTC_USDT)
    harness.kucoin.standing_failure = failure("kucoin")
    error = await harness.unavailable("BTC", "USDT", "kucoin")
    assert list(error.failures) == ["kucoin"]
    assert harness.binance.calls == 0


async def test_an_exchange_that_is_known_not_to_list_it_is_not_asked_for_prices_and_cannot_fail() -> None:
    harness = ConversionHarness(BTC_USDT, BTC_USDT)
    await harness.convert("BTC", "USDT")
    harness.binance.standing_failure = failure("binance")
    assert (await harness.no_route("NONE", "USDT")).reasons.keys() == {"binance", "kucoin"}


async def test_the_next_exchange_answers_at_once_and_the_first_gets_no_second_attempt() -> None:
    harness = ConversionHarness(BTC_USDT, BTC_USDT)
    harness.binance.fail_next(failure("binance"))
    (conversion,) = await started(harness.convert("BTC", "USDT"))
    await settled()
    assert conversion.done()  # no time has passed
    assert (await conversion).route.exchange == "kucoin"
    assert harness.binance.calls == 1


@pytest.mark.parametrize("named", [None, "binance"])
async def test_where_no_other_can_answer_a_second_attempt_recovers_from_a_single_failure(named: str | None) -> None:
    harness = ConversionHarness(BTC_USDT, DETOUR if named is None else BTC_USDT)
    harness.binance.fail_next(failure("binance"))
    (conversion,) = await started(harness.convert("BTC", "USDT", exchange=named))
    await settled()
    assert not conversion.done()  # it pauses
    assert (await conversion).route.exchange == "binance"
    assert (harness.binance.calls, harness.kucoin.instruments_calls) == (3, 0 if named else 1)


async def test_a_wide_market_answers_only_after_a_second_attempt_at_a_better_one() -> None:
    bounds = SpreadBounds(Decimal(50), Decimal(1))
    harness = ConversionHarness(BTC_USDT, {"BTC/USDT": ("1", "1.2")}, spread_bounds=bounds, threshold_percent=None)
    harness.binance.fail_next(failure("binance"))
    assert (await harness.convert("BTC", "USDT")).route.exchange == "binance"
    harness.binance.standing_failure = failure("binance")
    assert (await harness.convert("BTC", "USDT")).route.exchange == "kucoin"


async def test_an_exchange_that_answers_the_second_time_is_replaced_by_none_and_compared_with_none() -> None:
    harness = ConversionHarness({**BTC_USDT, **DETOUR}, {"BTC/USDT": ("5", "5"), "ADA/BTC": TIGHT})
    await harness.convert("BTC", "USDT")
    await harness.convert("BTC", "USDT", exchange="kucoin")
    harness.binance.fail_next(failure("binance"))
    assert (await harness.convert("BTC", "USDT")).route.exchange == "binance"  # kucoin's is another coin
    harness.binance.trade(DETOUR)
    harness.clock.advance(601)
    harness.binance.fail_next(failure("binance"))
    assert (await harness.convert("BTC", "USDT")).route.exchange == "kucoin"  # binance answers, and has it no more


async def test_there_are_two_attempts_an_exchange_and_not_more() -> None:
    harness = ConversionHarness(BTC_USDT, BTC_USDT)
    harness.binance.standing_failure = harness.kucoin.standing_failure = failure("either")
    await harness.unavailable("BTC", "USDT")
    assert (harness.binance.calls, harness.kucoin.calls) == (2, 2)


async def test_a_failed_attempt_for_instruments_counts_when_prices_fail() -> None:
    harness = ConversionHarness(BTC_USDT, BTC_USDT)
    harness.binance.fail_next(failure("binance"))
    harness.binance.book_tickers = []
    await harness.unavailable("BTC", "USDT", "binance")
    assert (harness.binance.instruments_calls, harness.binance.book_tickers_calls) == (2, 1)


async def test_a_failed_attempt_for_a_direct_pair_counts_when_the_detour_fails() -> None:
    harness = ConversionHarness(DETOUR, BTC_USDT)
    harness.binance.fail_next(failure("binance"))
    harness.binance.book_tickers = []
    error = await harness.unavailable("TRX", "ADA")
    assert list(error.failures) == ["binance"]
    assert (harness.binance.instruments_calls, harness.binance.book_tickers_calls) == (2, 1)


async def test_an_exchange_that_failed_for_a_direct_pair_is_not_asked_again_for_a_detour() -> None:
    harness = ConversionHarness({**DETOUR, "TRX/ADA": TIGHT}, DETOUR)
    harness.binance.book_tickers = []
    conversion = await harness.convert("TRX", "ADA")
    assert (conversion.route.exchange, len(conversion.route.legs)) == ("kucoin", 2)
    assert (harness.binance.instruments_calls, harness.binance.book_tickers_calls) == (1, 1)


async def test_looking_again_for_a_currency_has_no_more_attempts_than_anything_else() -> None:
    harness = ConversionHarness(BTC_USDT, BTC_USDT)
    await harness.no_route("NEW", "USDT")
    harness.clock.advance(61)
    harness.binance.standing_failure = failure("binance")
    error = await harness.unavailable("NEW", "USDT")
    assert list(error.failures) == ["binance"]
    assert error.reasons == {"kucoin": "NEW is not listed"}
    assert harness.binance.instruments_calls == 3


@pytest.mark.parametrize("reason", LASTING)
async def test_a_failure_that_a_second_attempt_would_meet_again_is_not_tried_again(reason: FailureReason) -> None:
    harness = ConversionHarness(BTC_USDT, BTC_USDT)
    harness.binance.standing_failure = failure("binance", reason, is_transient=False)
    assert (await harness.convert("BTC", "USDT")).route.exchange == "kucoin"
    assert harness.binance.calls == 1


async def test_a_lasting_failure_after_a_transient_one_ends_the_attempts() -> None:
    harness = ConversionHarness(BTC_USDT, BTC_USDT)
    harness.binance.fail_next(failure("binance"), failure("binance", FailureReason.BLOCKED, is_transient=False))
    await harness.unavailable("BTC", "USDT", "binance")
    assert harness.binance.calls == 2


async def test_an_exchange_is_skipped_during_the_pause_it_asked_for() -> None:
    harness = ConversionHarness(BTC_USDT, BTC_USDT)
    harness.binance.fail_next(
        failure("binance", FailureReason.RATE_LIMITED, is_transient=False, retry_after_seconds=30)
    )
    for _ in range(3):
        assert (await harness.convert("BTC", "USDT")).route.exchange == "kucoin"
        harness.clock.advance(10)
        assert harness.binance.calls == 1
    assert (await harness.convert("BTC", "USDT")).route.exchange == "binance"


async def test_without_another_exchange_the_error_has_the_time_left_of_the_pause() -> None:
    harness = ConversionHarness(BTC_USDT, BTC_USDT)
    harness.binance.fail_next(
        failure("binance", FailureReason.RATE_LIMITED, is_transient=False, retry_after_seconds=30)
    )
    await harness.unavailable("BTC", "USDT", "binance")
    harness.clock.advance(20)
    error = await harness.unavailable("BTC", "USDT", "binance")
    assert error.failures["binance"].retry_after_seconds == 10
    assert harness.binance.calls == 1


async def test_an_exchange_that_keeps_failing_is_skipped_without_a_call_and_reported() -> None:
    harness = ConversionHarness(BTC_USDT, BTC_USDT)
    harness.binance.standing_failure = failure("binance")
    for _ in range(10):
        assert (await harness.convert("BTC", "USDT")).route.exchange == "kucoin"
    assert harness.binance.calls == 5
    error = await harness.unavailable("BTC", "USDT", "binance")
    assert error.failures["binance"].reason is FailureReason.CIRCUIT_OPEN
    assert error.failures["binance"].retry_after_seconds == 5
    harness.binance.standing_failure = None
    harness.clock.advance(5)
    assert (await harness.convert("BTC", "USDT")).route.exchange == "binance"


async def test_an_attempt_that_opens_the_breaker_is_not_followed_by_a_second() -> None:
    harness = ConversionHarness(BTC_USDT, BTC_USDT)
    harness.binance.standing_failure = failure("binance", is_transient=False)
    for _ in range(4):
        await harness.unavailable("BTC", "USDT", "binance")
    harness.binance.standing_failure = failure("binance")
    error = await harness.unavailable("BTC", "USDT", "binance")
    assert error.failures["binance"].reason is FailureReason.CIRCUIT_OPEN
    assert harness.binance.calls == 5


async def test_a_thousand_concurrent_conversions_share_a_failure_and_all_go_to_the_second_exchange() -> None:
    harness = ConversionHarness(BTC_USDT, BTC_USDT)
    harness.binance.standing_failure = failure("binance", FailureReason.TIMEOUT, is_transient=False)
    found = await answers(await started(*(harness.convert("BTC", "USDT") for _ in range(1000))))
    assert {conversion.route.exchange for conversion in found} == {"kucoin"}
    assert (harness.binance.calls, harness.kucoin.calls) == (1, 2)


async def test_an_unexpected_exception_is_not_taken_for_a_failing_exchange() -> None:
    harness = ConversionHarness(BTC_USDT, BTC_USDT)
    harness.binance.fail_next(ZeroDivisionError("ours"))
    with pytest.raises(ZeroDivisionError):
        await harness.convert("BTC", "USDT")
    assert harness.kucoin.calls == 0


async def test_a_clock_that_is_set_back_harms_neither_the_conversion_under_way_nor_those_after_it() -> None:
    harness = ConversionHarness(BTC_USDT)
    harness.binance.hold()
    (under_way,) = await started(harness.convert("BTC", "USDT", exchange="binance"))
    harness.clock.advance(-3600)
    harness.binance.release()
    assert (await under_way).updated_at == harness.clock.now()
    assert (await harness.convert("BTC", "USDT")).updated_at == harness.clock.now()
