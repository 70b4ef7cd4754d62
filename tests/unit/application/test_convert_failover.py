"""What happens when an exchange cannot be asked, and how often it is tried."""

import pytest

from domain.errors import FailureReason
from tests.unit.application.house import House
from tests.unit.application.waiting import answers, started
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
    house = House(BTC_USDT, BTC_USDT)
    house.binance.standing_failure = failure("binance")
    assert (await house.convert("BTC", "USDT")).route.exchange == "kucoin"


async def test_when_the_first_exchange_has_a_listing_but_no_books_the_second_answers() -> None:
    house = House(BTC_USDT, BTC_USDT)
    house.binance.books = []
    assert (await house.convert("BTC", "USDT")).route.exchange == "kucoin"


async def test_when_both_fail_there_is_no_answer_and_both_failures_are_told() -> None:
    house = House(BTC_USDT, BTC_USDT)
    house.binance.standing_failure = failure("binance", FailureReason.RATE_LIMITED, retry_after_seconds=7)
    house.kucoin.standing_failure = failure("kucoin", FailureReason.TIMEOUT, is_transient=False)
    error = await house.unavailable("BTC", "USDT")
    assert {name: failed.reason for name, failed in error.failures.items()} == {
        "binance": FailureReason.RATE_LIMITED,
        "kucoin": FailureReason.TIMEOUT,
    }
    assert error.reasons == {}


async def test_when_one_that_failed_might_have_had_it_there_is_no_answer_either() -> None:
    house = House(BTC_USDT, BTC_USDT)
    house.binance.standing_failure = failure("binance")
    error = await house.unavailable("NONE", "USDT")
    assert list(error.failures) == ["binance"]
    assert error.reasons == {"kucoin": "NONE is not listed"}


async def test_a_named_exchange_that_is_down_is_never_replaced() -> None:
    house = House(BTC_USDT, BTC_USDT)
    house.kucoin.standing_failure = failure("kucoin")
    error = await house.unavailable("BTC", "USDT", "kucoin")
    assert list(error.failures) == ["kucoin"]
    assert house.binance.calls == 0


async def test_an_exchange_that_is_known_not_to_list_it_is_not_asked_for_prices_and_cannot_fail() -> None:
    house = House(BTC_USDT, BTC_USDT)
    await house.convert("BTC", "USDT")
    house.binance.standing_failure = failure("binance")
    assert (await house.no_route("NONE", "USDT")).reasons.keys() == {"binance", "kucoin"}


async def test_a_single_failure_is_made_good_by_a_second_attempt() -> None:
    house = House(BTC_USDT, BTC_USDT)
    house.binance.fail_next(failure("binance"))
    assert (await house.convert("BTC", "USDT")).route.exchange == "binance"
    assert house.binance.calls == 3


async def test_there_are_two_attempts_an_exchange_and_not_more() -> None:
    house = House(BTC_USDT, BTC_USDT)
    house.binance.standing_failure = house.kucoin.standing_failure = failure("either")
    await house.unavailable("BTC", "USDT")
    assert (house.binance.calls, house.kucoin.calls) == (2, 2)


async def test_a_failed_attempt_for_the_listing_counts_when_the_books_fail() -> None:
    house = House(BTC_USDT, BTC_USDT)
    house.binance.fail_next(failure("binance"))
    house.binance.books = []
    assert (await house.convert("BTC", "USDT")).route.exchange == "kucoin"
    assert (house.binance.listing_calls, house.binance.books_calls) == (2, 1)


async def test_a_failed_attempt_for_a_direct_pair_counts_when_the_detour_fails() -> None:
    house = House(DETOUR, BTC_USDT)
    house.binance.fail_next(failure("binance"))
    house.binance.books = []
    error = await house.unavailable("TRX", "ADA")
    assert list(error.failures) == ["binance"]
    assert (house.binance.listing_calls, house.binance.books_calls) == (2, 1)


async def test_an_exchange_that_failed_for_a_direct_pair_is_not_asked_again_for_a_detour() -> None:
    house = House({**DETOUR, "TRX/ADA": TIGHT}, DETOUR)
    house.binance.books = []
    conversion = await house.convert("TRX", "ADA")
    assert (conversion.route.exchange, len(conversion.route.legs)) == ("kucoin", 2)
    assert (house.binance.listing_calls, house.binance.books_calls) == (1, 2)


async def test_looking_again_for_a_currency_has_no_more_attempts_than_anything_else() -> None:
    house = House(BTC_USDT, BTC_USDT)
    await house.no_route("NEW", "USDT")
    house.clock.advance(61)
    house.binance.standing_failure = failure("binance")
    error = await house.unavailable("NEW", "USDT")
    assert list(error.failures) == ["binance"]
    assert error.reasons == {"kucoin": "NEW is not listed"}
    assert house.binance.listing_calls == 3


@pytest.mark.parametrize("reason", LASTING)
async def test_a_failure_that_a_second_attempt_would_meet_again_is_not_tried_again(reason: FailureReason) -> None:
    house = House(BTC_USDT, BTC_USDT)
    house.binance.standing_failure = failure("binance", reason, is_transient=False)
    assert (await house.convert("BTC", "USDT")).route.exchange == "kucoin"
    assert house.binance.calls == 1


async def test_a_lasting_failure_after_a_transient_one_ends_the_attempts() -> None:
    house = House(BTC_USDT, BTC_USDT)
    house.binance.fail_next(failure("binance"), failure("binance", FailureReason.BLOCKED, is_transient=False))
    assert (await house.convert("BTC", "USDT")).route.exchange == "kucoin"
    assert house.binance.calls == 2


async def test_an_exchange_that_asked_for_a_pause_is_passed_over_until_it_has_passed() -> None:
    house = House(BTC_USDT, BTC_USDT)
    house.binance.fail_next(failure("binance", FailureReason.RATE_LIMITED, is_transient=False, retry_after_seconds=30))
    for _ in range(3):
        assert (await house.convert("BTC", "USDT")).route.exchange == "kucoin"
        house.clock.advance(10)
        assert house.binance.calls == 1
    assert (await house.convert("BTC", "USDT")).route.exchange == "binance"


async def test_the_time_left_of_a_pause_is_told_to_whoever_has_no_other_exchange() -> None:
    house = House(BTC_USDT, BTC_USDT)
    house.binance.fail_next(failure("binance", FailureReason.RATE_LIMITED, is_transient=False, retry_after_seconds=30))
    await house.unavailable("BTC", "USDT", "binance")
    house.clock.advance(20)
    error = await house.unavailable("BTC", "USDT", "binance")
    assert error.failures["binance"].retry_after_seconds == 10
    assert house.binance.calls == 1


async def test_an_exchange_that_goes_on_failing_is_passed_over_without_a_call_and_told_of() -> None:
    house = House(BTC_USDT, BTC_USDT)
    house.binance.standing_failure = failure("binance")
    for _ in range(10):
        assert (await house.convert("BTC", "USDT")).route.exchange == "kucoin"
    assert house.binance.calls == 5
    error = await house.unavailable("BTC", "USDT", "binance")
    assert error.failures["binance"].reason is FailureReason.CIRCUIT_OPEN
    assert error.failures["binance"].retry_after_seconds == 5
    house.binance.standing_failure = None
    house.clock.advance(5)
    assert (await house.convert("BTC", "USDT")).route.exchange == "binance"


async def test_an_attempt_that_opens_the_breaker_is_not_followed_by_a_second() -> None:
    house = House(BTC_USDT, BTC_USDT)
    house.binance.standing_failure = failure("binance", is_transient=False)
    for _ in range(4):
        await house.unavailable("BTC", "USDT", "binance")
    house.binance.standing_failure = failure("binance")
    error = await house.unavailable("BTC", "USDT", "binance")
    assert error.failures["binance"].reason is FailureReason.CIRCUIT_OPEN
    assert house.binance.calls == 5


async def test_a_thousand_concurrent_conversions_share_a_failure_and_all_go_to_the_second_exchange() -> None:
    house = House(BTC_USDT, BTC_USDT)
    house.binance.standing_failure = failure("binance", FailureReason.TIMEOUT, is_transient=False)
    found = await answers(await started(*(house.convert("BTC", "USDT") for _ in range(1000))))
    assert {conversion.route.exchange for conversion in found} == {"kucoin"}
    assert (house.binance.calls, house.kucoin.calls) == (1, 2)


async def test_a_fault_of_our_own_is_not_taken_for_a_failing_exchange() -> None:
    house = House(BTC_USDT, BTC_USDT)
    house.binance.fail_next(ZeroDivisionError("ours"))
    with pytest.raises(ZeroDivisionError):
        await house.convert("BTC", "USDT")
    assert house.kucoin.calls == 0


async def test_a_clock_that_is_set_back_harms_neither_the_conversion_under_way_nor_those_after_it() -> None:
    house = House(BTC_USDT)
    house.binance.hold()
    (under_way,) = await started(house.convert("BTC", "USDT", exchange="binance"))
    house.clock.advance(-3600)
    house.binance.release()
    assert (await under_way).updated_at == house.clock.now()
    assert (await house.convert("BTC", "USDT")).updated_at == house.clock.now()
