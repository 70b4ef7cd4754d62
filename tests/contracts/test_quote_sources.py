"""Our own conversion and the fake, as sources of quotes."""

import pytest

from application.quotes.converted import ConvertedQuotes
from domain.pair import Pair, Side
from domain.quotes.errors import SourceUnavailable
from domain.rates.errors import FailureReason
from tests.contracts.quote_source_contract import QuoteSourceContract, Quoting
from tests.unit.application.rates.harness import ConversionHarness
from tests.unit.fakes.clock import FakeClock
from tests.unit.fakes.exchange import failure
from tests.unit.fakes.quote_source import FakeQuoteSource


class FakeQuoting(Quoting):
    pair, unknown = Pair.parse("BTC/USD"), Pair.parse("BTC/XYZ")

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.source: FakeQuoteSource = FakeQuoteSource("fake", self.clock)

    def tell(self, rate: str) -> None:
        self.source.rates = {str(self.pair): rate}

    def break_down(self) -> None:
        self.source.is_down = True

    def recover(self) -> None:
        self.source.is_down = False

    @property
    def calls(self) -> int:
        return len(self.source.asked)


class ConvertedQuoting(Quoting):
    pair, unknown = Pair.parse("BTC/USDT"), Pair.parse("BTC/USD")

    def __init__(self) -> None:
        self.harness = ConversionHarness()
        self.clock = self.harness.clock
        self.source = ConvertedQuotes(self.harness.use_case)
        self.tell("1")

    def tell(self, rate: str) -> None:
        self.harness.binance.trade({str(self.pair): (rate, rate)})

    def break_down(self) -> None:
        for exchange in (self.harness.binance, self.harness.kucoin):
            exchange.standing_failure = failure(exchange.name)

    def recover(self) -> None:
        for exchange in (self.harness.binance, self.harness.kucoin):
            exchange.standing_failure = None

    @property
    def calls(self) -> int:
        return self.harness.binance.calls


class TestFakeQuoteSource(QuoteSourceContract):
    @pytest.fixture
    def quoting(self) -> Quoting:
        return FakeQuoting()


class TestConvertedQuotes(QuoteSourceContract):
    @pytest.fixture
    def quoting(self) -> Quoting:
        return ConvertedQuoting()

    async def test_it_quotes_the_mid_and_the_route(self) -> None:
        harness = ConversionHarness(kucoin={"TRX/USDT": ("0.12", "0.14"), "ADA/USDT": ("0.5", "0.5")})
        quote = await ConvertedQuotes(harness.use_case).quote(Pair.parse("TRX/ADA"), is_hourly=False)
        assert (str(quote.rate), quote.exchange) == ("0.26", "kucoin")
        assert [(leg.symbol, leg.side, str(leg.price)) for leg in quote.legs] == [
            ("TRX/USDT", Side.SELL, "0.130"),
            ("ADA/USDT", Side.BUY, "0.50"),
        ]

    async def test_dollars_are_never_quoted_as_tethers(self) -> None:
        quoting = ConvertedQuoting()
        assert str(quoting.unknown) == "BTC/USD"
        with pytest.raises(Exception, match="BTC/USD is not quoted"):
            await quoting.source.quote(quoting.unknown, is_hourly=False)

    async def test_a_rate_out_of_range_is_a_failure_of_the_source(self) -> None:
        harness = ConversionHarness(binance={"DUST/USDT": ("1e-29", "1e-29"), "GOLD/USDT": ("1e29", "1e29")})
        with pytest.raises(SourceUnavailable) as caught:
            await ConvertedQuotes(harness.use_case).quote(Pair.parse("DUST/GOLD"), is_hourly=False)
        assert caught.value.reason is FailureReason.BAD_BODY

    async def test_the_earliest_retry_time_is_given_if_every_exchange_named_one(self) -> None:
        harness = ConversionHarness()
        harness.binance.standing_failure = failure("binance", FailureReason.RATE_LIMITED, retry_after_seconds=70)
        harness.kucoin.standing_failure = failure("kucoin", FailureReason.RATE_LIMITED, retry_after_seconds=30)
        with pytest.raises(SourceUnavailable) as caught:
            await ConvertedQuotes(harness.use_case).quote(Pair.parse("BTC/USDT"), is_hourly=False)
        assert (caught.value.reason, caught.value.retry_after_seconds) == (FailureReason.RATE_LIMITED, 30)
        harness = ConversionHarness()
        harness.binance.standing_failure = failure("binance", FailureReason.RATE_LIMITED, retry_after_seconds=70)
        harness.kucoin.standing_failure = failure("kucoin")
        with pytest.raises(SourceUnavailable) as caught:
            await ConvertedQuotes(harness.use_case).quote(Pair.parse("BTC/USDT"), is_hourly=False)
        assert caught.value.retry_after_seconds is None
