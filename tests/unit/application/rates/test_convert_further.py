"""Conversions at depth, on the best exchange and at the median, over two fake exchanges."""

from decimal import Decimal
from typing import Any

import pytest

from application.market_data.exchange_calls import ExchangeCalls
from application.market_data.fetch_spacing import FetchSpacing
from application.market_data.freshness import Generations
from application.market_data.market_depth import MarketDepth
from application.rates.ask_all import AskAll
from application.rates.convert_at_depth import ConvertAtDepth
from application.rates.convert_best import BestConversion, Considered, ConvertBest
from application.rates.convert_further import ConvertFurther
from application.rates.convert_median import ConvertMedian
from domain.currency import Currency
from domain.pair import Pair
from domain.rates.book import FurtherRateType, RateType
from domain.rates.conversion import Conversion
from domain.rates.depth import DepthConversion
from domain.rates.errors import (
    BookTooThin,
    ConversionUnavailable,
    FailureReason,
    InvalidAmount,
    MedianOfOne,
    NoOrderBooks,
    NoRoute,
    TooFewProviders,
)
from domain.rates.median import MedianConversion
from domain.rates.spread import NO_SPREAD_BOUNDS, SpreadBounds
from tests.unit.application.rates.harness import ConversionHarness
from tests.unit.fakes.exchange import Prices, failure

DEPTH, MEDIAN = FurtherRateType.DEPTH, FurtherRateType.MEDIAN
TEN_PERCENT = Decimal(10)
FEE = Decimal("0.001")


class Further:
    def __init__(
        self,
        binance: Prices,
        kucoin: Prices | None,
        *,
        min_providers: int = 2,
        spread_bounds: SpreadBounds = NO_SPREAD_BOUNDS,
    ) -> None:
        self.harness = ConversionHarness(
            {"A/B": binance}, None if kucoin is None else {"A/B": kucoin}, spread_bounds=spread_bounds
        )
        harness, generations = self.harness, Generations(self.harness.clock)
        for exchange, prices in ((harness.binance, binance), (harness.kucoin, kucoin)):
            if prices is not None:
                exchange.books = {"A/B": ([(prices[0], "2")], [(prices[1], "2")])}
        depths = {
            each.name: MarketDepth(
                books=each,
                calls=ExchangeCalls(each.name, harness.clock, harness.meter),
                spacing=FetchSpacing(each, harness.clock, harness.meter),
                generations=generations,
                clock=harness.clock,
                max_lag_seconds=60,
            )
            for each in (harness.binance, harness.kucoin)
        }
        ask_all = AskAll(list(harness.markets), 0.5)
        at_depth = ConvertAtDepth(
            convert=harness.use_case,
            depths=depths,
            taker_fees={"binance": FEE, "kucoin": FEE},
            meter=harness.meter,
            divergence=harness.divergence,
        )
        self.convert = ConvertFurther(
            at_depth=at_depth,
            best=ConvertBest(
                convert=harness.use_case,
                at_depth=at_depth,
                ask_all=ask_all,
                meter=harness.meter,
                threshold_percent=TEN_PERCENT,
                divergence=harness.divergence,
            ),
            median=ConvertMedian(
                convert=harness.use_case,
                ask_all=ask_all,
                meter=harness.meter,
                min_providers=min_providers,
                threshold_percent=TEN_PERCENT,
            ),
        )

    async def __call__(
        self, rate_type: RateType | FurtherRateType, exchange: str | None = None, amount: str = "1", to: str = "B"
    ) -> Conversion | DepthConversion | BestConversion | MedianConversion:
        return await self.convert(
            arrival=self.harness.use_case.arrival(),
            amount=Decimal(amount),
            currency_from=Currency("A"),
            currency_to=Currency(to),
            exchange=exchange,
            rate_type=rate_type,
            cache_max_seconds=60,
        )


def best_of(answer: object) -> tuple[str, tuple[Considered, ...]]:
    assert isinstance(answer, BestConversion)
    return answer.best.route.exchange, answer.considered


async def test_depth_sells_into_the_book_and_deducts_the_fee() -> None:
    answer = await Further(("100", "101"), None)(DEPTH, amount="2")
    assert isinstance(answer, DepthConversion)
    assert answer.received == Decimal("199.8")


async def test_depth_says_what_could_be_had_of_a_book_that_is_too_thin() -> None:
    with pytest.raises(BookTooThin) as caught:
        await Further(("100", "101"), None)(DEPTH, amount="5")
    assert caught.value.received == Decimal("199.8")


async def test_depth_needs_an_amount_and_an_exchange_with_order_books() -> None:
    further = Further(("100", "101"), None)
    with pytest.raises(InvalidAmount):
        await further(DEPTH, amount="0")
    further.convert._at_depth._depths = {}  # as where no exchange shows any
    with pytest.raises(NoOrderBooks):
        await further(DEPTH)


async def test_depth_fails_over_to_an_exchange_that_trades_the_same_and_to_no_other() -> None:
    further = Further(("100", "101"), ("100", "102"))
    await further(RateType.MID, "best")  # so that both are known
    further.harness.binance.fail_next(*[failure("binance", FailureReason.BAD_BODY, is_transient=False)])
    answer = await further(DEPTH)
    assert isinstance(answer, DepthConversion)
    assert answer.route.exchange == "kucoin"
    apart = Further(("100", "101"), ("900", "901"))
    await apart(RateType.MID, "best")
    apart.harness.binance.fail_next(failure("binance", FailureReason.BAD_BODY, is_transient=False))
    with pytest.raises(ConversionUnavailable) as caught:
        await apart(DEPTH)
    assert "binance" in caught.value.failures


async def test_where_an_order_book_fails_in_passing_the_next_exchange_answers_before_a_second_attempt() -> None:
    further = Further(("100", "101"), ("100", "102"))
    await further(RateType.MID, "best")
    further.harness.binance.fail_next(failure("binance"))
    answer = await further(DEPTH)
    assert isinstance(answer, DepthConversion)
    assert answer.route.exchange == "kucoin"
    assert further.harness.binance.order_book_calls == 1


async def test_an_order_book_that_fails_in_passing_is_asked_for_again_where_its_exchange_is_named() -> None:
    further = Further(("100", "101"), ("100", "102"))
    await further(RateType.MID, "best")
    further.harness.binance.fail_next(failure("binance"))
    assert isinstance(await further(DEPTH, "binance"), DepthConversion)
    assert further.harness.binance.order_book_calls == 2


async def test_order_books_that_fail_everywhere_are_asked_for_twice() -> None:
    further = Further(("100", "101"), ("100", "102"))
    await further(RateType.MID, "best")
    for exchange in (further.harness.binance, further.harness.kucoin):
        exchange.fail_next(*[failure(exchange.name)] * 3)
    with pytest.raises(ConversionUnavailable) as caught:
        await further(DEPTH)
    assert list(caught.value.failures) == ["binance", "kucoin"]
    assert (further.harness.binance.order_book_calls, further.harness.kucoin.order_book_calls) == (2, 2)


@pytest.mark.parametrize(
    ("kucoin", "amount"),
    [(("100", "102"), "3"), (("100", "107"), "1"), (("900", "901"), "1")],
    ids=["a thin book", "a wide market", "another coin"],
)
async def test_an_order_book_that_fails_in_passing_is_asked_for_again_before_a_last_resort(
    kucoin: Prices, amount: str
) -> None:
    further = Further(("100", "101"), kucoin, spread_bounds=SpreadBounds(Decimal(50), Decimal(5)))
    further.harness.binance.books = {"A/B": ([("100", "9")], [("101", "9")])}
    await further(RateType.MID, "best")
    further.harness.binance.fail_next(failure("binance"))
    answer = await further(DEPTH, amount=amount)
    assert isinstance(answer, DepthConversion)
    assert answer.route.exchange == "binance"
    assert further.harness.binance.order_book_calls == 2


async def test_the_best_exchange_gives_most_at_any_rate_type_and_the_others_are_listed() -> None:
    further = Further(("100", "104"), ("101", "102"))
    assert best_of(await further(RateType.MID, "BEST")) == ("binance", (Considered("kucoin", Decimal("101.5"), None),))
    assert best_of(await further(RateType.EXECUTABLE, "best"))[0] == "kucoin"
    exchange, considered = best_of(await further(DEPTH, "best"))
    assert (exchange, [each.exchange for each in considered]) == ("kucoin", ["binance"])


async def test_what_may_be_another_coin_cannot_win() -> None:
    exchange, (other,) = best_of(await Further(("100", "101"), ("900", "901"))(RateType.MID, "best"))
    assert (exchange, other.rate, str(other.reason)[:16]) == ("binance", Decimal("900.5"), "its price differ")


class Answers(AskAll):
    """Exchanges that have answered already."""

    def __init__(self, answers: dict[str, Any]) -> None:
        self._answers = answers

    async def __call__(self, ask: object) -> Any:  # noqa: ANN401, ARG002 -- as those of the tests are
        return self._answers


async def test_of_groups_of_equal_size_that_of_the_first_exchange_counts_as_right() -> None:
    cheap, dear = [await Further(prices, None)(RateType.MID) for prices in (("100", "101"), ("900", "901"))]
    further = Further(("100", "101"), None)
    further.convert._best._ask_all = Answers({"binance": cheap, "kraken": dear, "kucoin": cheap, "okx": dear})
    exchange, considered = best_of(await further(RateType.MID, "best"))
    assert exchange == "binance"
    assert [(each.exchange, each.reason is None) for each in considered] == [
        ("kraken", False),
        ("kucoin", True),
        ("okx", False),
    ]


@pytest.mark.parametrize("rate_type", [RateType.MID, DEPTH])
async def test_another_coin_does_not_win_where_the_exchange_that_shows_it_is_down(
    rate_type: RateType | FurtherRateType,
) -> None:
    further = Further(("100", "101"), ("900", "901"))
    await further(RateType.MID, "best")  # so that both are known
    assert further.harness.divergence is not None
    assert further.harness.divergence.diverging("binance", "kucoin", [Pair.parse("A/B")])
    further.harness.clock.advance(100)
    further.harness.binance.standing_failure = failure("binance", is_transient=False)
    with pytest.raises(ConversionUnavailable) as caught:
        await further(rate_type, "best")
    assert list(caught.value.failures) == ["binance"]
    assert caught.value.diverging == {"kucoin": ("A/B",)}


async def test_the_best_of_none_tells_why() -> None:
    further = Further(("100", "101"), ("100", "101"))
    with pytest.raises(NoRoute):
        await further(RateType.MID, "best", to="C")
    with pytest.raises(BookTooThin):
        await further(DEPTH, "best", amount="9")
    down = Further(("100", "101"), ("100", "101"))
    down.harness.binance.standing_failure = failure("binance", is_transient=False)
    down.harness.kucoin.standing_failure = failure("kucoin", is_transient=False)
    with pytest.raises(ConversionUnavailable) as caught:
        await down(RateType.MID, "best")
    assert caught.value.failures.keys() == {"binance", "kucoin"}


async def test_an_exchange_that_hangs_is_left_out_after_the_deadline() -> None:
    further = Further(("100", "101"), ("100", "102"))
    further.harness.kucoin.hold()
    exchange, (other,) = best_of(await further(RateType.MID, "best"))
    assert (exchange, other.exchange, str(other.reason)[:7]) == ("binance", "kucoin", "timeout")


async def test_the_median_of_two_lies_between_them() -> None:
    answer = await Further(("100", "100"), ("102", "102"))(MEDIAN, amount="3")
    assert isinstance(answer, MedianConversion)
    assert answer.rate == 101


async def test_the_median_needs_all_exchanges_and_enough_that_agree() -> None:
    with pytest.raises(MedianOfOne):
        await Further(("100", "101"), ("100", "101"))(MEDIAN, "binance")
    with pytest.raises(TooFewProviders):
        await Further(("100", "101"), None)(MEDIAN)
    with pytest.raises(NoRoute):
        await Further(("100", "101"), None)(MEDIAN, to="C")
    down = Further(("100", "101"), ("100", "101"))
    down.harness.kucoin.standing_failure = failure("kucoin", is_transient=False)
    with pytest.raises(ConversionUnavailable):
        await down(MEDIAN)
