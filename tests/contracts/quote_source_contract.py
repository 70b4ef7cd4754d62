"""What the application relies on in any source of quotes. Every source and the fake pass the same suite."""

from abc import ABC, abstractmethod
from decimal import Decimal

import pytest

from application.quotes.ports.quote_source import QuoteSource
from domain.pair import Pair
from domain.quotes.errors import NotQuoted, SourceUnavailable
from domain.rates.errors import FailureReason
from tests.unit.fakes.clock import NOON, FakeClock


class Quoting(ABC):
    """A source under test and its surroundings. It quotes `pair`, but not `unknown`."""

    source: QuoteSource
    clock: FakeClock
    pair: Pair
    unknown: Pair

    @abstractmethod
    def tell(self, rate: str) -> None:
        """From now on, `pair` has this rate."""

    @abstractmethod
    def break_down(self) -> None:
        """From now on, no call is answered."""

    @abstractmethod
    def recover(self) -> None: ...

    @property
    @abstractmethod
    def calls(self) -> int: ...


class QuoteSourceContract(ABC):
    @pytest.fixture
    @abstractmethod
    def quoting(self) -> Quoting: ...

    def test_its_name_is_in_lower_case(self, quoting: Quoting) -> None:
        assert quoting.source.name
        assert quoting.source.name == quoting.source.name.lower()

    @pytest.mark.parametrize("rate", ["97000.12", "0.00000053", "123456789012", "1"])
    async def test_a_quote_has_the_exact_rate_its_time_and_its_source(self, quoting: Quoting, rate: str) -> None:
        quoting.tell(rate)
        quote = await quoting.source.quote(quoting.pair, is_hourly=False)
        assert (quote.pair, quote.rate, quote.source) == (quoting.pair, Decimal(rate), quoting.source.name)
        assert quote.observed_at == int(NOON)

    async def test_a_rate_has_twelve_digits_at_most(self, quoting: Quoting) -> None:
        quoting.tell("97000.123456789")
        assert (await quoting.source.quote(quoting.pair, is_hourly=True)).rate == Decimal("97000.1234568")

    async def test_every_call_sends_a_request(self, quoting: Quoting) -> None:
        quoting.tell("1")
        before = quoting.calls
        await quoting.source.quote(quoting.pair, is_hourly=True)
        each = quoting.calls - before
        quoting.clock.advance(3600)
        quoting.tell("2")
        assert (await quoting.source.quote(quoting.pair, is_hourly=True)).rate == 2
        assert quoting.calls - before > each > 0

    async def test_a_pair_that_it_does_not_know_is_an_answer_and_no_failure(self, quoting: Quoting) -> None:
        with pytest.raises(NotQuoted) as caught:
            await quoting.source.quote(quoting.unknown, is_hourly=False)
        assert caught.value.pair == str(quoting.unknown)
        assert caught.value.reasons.keys() == {quoting.source.name}
        assert all(caught.value.reasons.values())

    async def test_a_source_that_cannot_be_asked_says_so_and_can_be_asked_again(self, quoting: Quoting) -> None:
        quoting.tell("1")
        quoting.break_down()
        with pytest.raises(SourceUnavailable) as caught:
            await quoting.source.quote(quoting.pair, is_hourly=True)
        assert caught.value.source == quoting.source.name
        assert isinstance(caught.value.reason, FailureReason)
        quoting.recover()
        quoting.clock.advance(3600)
        assert (await quoting.source.quote(quoting.pair, is_hourly=True)).rate == 1
