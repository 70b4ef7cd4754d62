"""Alpha Vantage's adapter, talking to a server that speaks its format."""

import json
import traceback
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from decimal import Decimal

import aiohttp
import pytest

from adapters.alphavantage.quote_source import AlphaVantage
from application.quotes.daily_quota import DailyQuota
from application.quotes.quota_plan import QuotaPlan
from domain.errors import DatabaseUnavailable
from domain.pair import Pair
from domain.quotes.errors import NotQuoted, SourceUnavailable
from domain.rates.errors import FailureReason
from tests.contracts.quote_source_contract import QuoteSourceContract, Quoting
from tests.contracts.wire_failures import BAD_BODIES, FAILURES, HTML, Failure
from tests.contracts.wire_server import Fault, Reply, WireServer
from tests.unit.fakes.clock import FakeClock
from tests.unit.fakes.database import FakeDatabase, FakeRepositories
from tests.unit.fakes.meter import FakeMeter

KEY = "S3CRETKEY&?"
RATE = "Realtime Currency Exchange Rate"
Changes = dict[str, object]

TUESDAY = 1_714_478_400

MANY_CALLS = QuotaPlan(calls_per_day=100, calls_per_hour=1)

SAID = {
    "an unknown pair": ("Error Message", "Invalid API call. Please retry or visit the documentation."),
    "a bad key": ("Error Message", f"the parameter apikey is invalid or missing: {KEY}"),
    "too many a minute": ("Note", "Our standard API call frequency is 5 calls per minute and 500 calls per day."),
    "too many a second": (
        "Information",
        "Please spread out your free API requests (1 request per second), to lift the limit (25 requests per day)",
    ),
    "too many a day": ("Information", f"We have detected your API key as {KEY} and our limit is 25 requests per day."),
    "a key for demonstrations": ("Information", "The **demo** API key is for demo purposes only."),
}


class AlphaVantageQuoting(Quoting):
    pair, unknown = Pair.parse("BTC/USD"), Pair.parse("BTC/USDT")

    def __init__(
        self, server: WireServer, session: aiohttp.ClientSession, database: FakeDatabase | None = None
    ) -> None:
        self.server = server
        self.clock = FakeClock()
        self.database = database or FakeDatabase()
        quota = DailyQuota(source="alphavantage", plan=MANY_CALLS, database=self.database, clock=self.clock)
        self.source = AlphaVantage(
            base_url=server.url,
            key=KEY,
            session=session,
            quota=quota,
            clock=self.clock,
            meter=FakeMeter(),
        )
        self._rate = "97000.12000000"
        self.recover()

    def tell(self, rate: str) -> None:
        self._rate = rate
        self.recover()

    def break_down(self) -> None:
        self.reply(Reply(status=500))

    def recover(self) -> None:
        self.answer()

    def reply(self, reply: Reply) -> None:
        self.server.replies = {"/query": reply}

    def answer(self, **changes: object) -> None:
        row = {
            "1. From_Currency Code": "BTC",
            "2. From_Currency Name": "Bitcoin",
            "3. To_Currency Code": "USD",
            "4. To_Currency Name": "United States Dollar",
            "5. Exchange Rate": self._rate,
            "6. Last Refreshed": written(self.clock.time),
            "7. Time Zone": "UTC",
            "8. Bid Price": self._rate,
            "9. Ask Price": self._rate,
        }
        self.say(RATE, {name: value for name, value in (row | changes).items() if value is not None})

    def say(self, member: str, value: object) -> None:
        self.reply(Reply(json.dumps({member: value}).encode()))

    @property
    def calls(self) -> int:
        return len(self.server.paths)

    async def failure(self) -> SourceUnavailable:
        with pytest.raises(SourceUnavailable) as caught:
            await self.source.quote(self.pair, is_hourly=True)
        assert_tells_no_key(caught.value)
        return caught.value


def written(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d %H:%M:%S")


def assert_tells_no_key(error: BaseException) -> None:
    """Neither in the text, nor in what a traceback shows, nor in any error behind it."""
    seen: list[BaseException | None] = [error, error.__cause__, error.__context__]
    for each in seen:
        assert "S3CRETKEY" not in f"{each!r} {each}"
    assert "S3CRETKEY" not in "".join(traceback.format_exception(error))


class TestAlphaVantage(QuoteSourceContract):
    @pytest.fixture
    async def quoting(self) -> AsyncIterator[AlphaVantageQuoting]:
        timeout = aiohttp.ClientTimeout(total=0.8)
        async with WireServer().running() as server, aiohttp.ClientSession(timeout=timeout) as session:
            yield AlphaVantageQuoting(server, session)

    async def test_it_asks_for_the_pair_with_the_key(self, quoting: AlphaVantageQuoting) -> None:
        await quoting.source.quote(quoting.pair, is_hourly=True)
        assert quoting.server.queries == [
            {"function": "CURRENCY_EXCHANGE_RATE", "from_currency": "BTC", "to_currency": "USD", "apikey": KEY}
        ]

    async def test_a_quote_in_a_currency_that_no_state_issues_is_not_requested(
        self, quoting: AlphaVantageQuoting
    ) -> None:
        with pytest.raises(NotQuoted):
            await quoting.source.quote(Pair.parse("BTC/USDT"), is_hourly=True)
        assert quoting.calls == 0

    @pytest.mark.parametrize("failure", FAILURES, ids=lambda failure: failure.name)
    async def test_every_failure_has_its_reason_and_hides_the_key(
        self, quoting: AlphaVantageQuoting, failure: Failure
    ) -> None:
        quoting.reply(failure.reply)
        raised = await quoting.failure()
        assert (raised.reason, raised.retry_after_seconds) == (failure.reason, failure.retry_after_seconds)

    @pytest.mark.parametrize("body", [*BAD_BODIES.values(), HTML], ids=[*BAD_BODIES.keys(), "a page"])
    async def test_a_nonsensical_body_is_a_failure(self, quoting: AlphaVantageQuoting, body: bytes) -> None:
        quoting.reply(Reply(body))
        assert (await quoting.failure()).reason is FailureReason.BAD_BODY

    @pytest.mark.parametrize("fault", [Fault.BROKEN_OFF, Fault.NOT_HTTP])
    async def test_a_broken_answer_hides_the_key(self, quoting: AlphaVantageQuoting, fault: Fault) -> None:
        quoting.reply(Reply(b"{}" * 100, fault=fault))
        assert (await quoting.failure()).reason in {FailureReason.BAD_BODY, FailureReason.NETWORK}

    @pytest.mark.parametrize(
        "changes",
        [
            {"5. Exchange Rate": None},
            {"5. Exchange Rate": "NaN"},
            {"5. Exchange Rate": "Infinity"},
            {"5. Exchange Rate": "0.00000000"},
            {"5. Exchange Rate": "-1"},
            {"5. Exchange Rate": "1E+1000000"},
            {"5. Exchange Rate": "9" * 41},
            {"5. Exchange Rate": ""},
            {"5. Exchange Rate": 97000.12},
            {"1. From_Currency Code": "ETH"},
            {"3. To_Currency Code": "EUR"},
            {"7. Time Zone": "US/Eastern"},
            {"6. Last Refreshed": "yesterday"},
            {"6. Last Refreshed": "-"},
        ],
        ids=str,
    )
    async def test_an_impossible_rate_is_rejected(
        self, quoting: AlphaVantageQuoting, changes: dict[str, object]
    ) -> None:
        quoting.answer(**changes)
        assert (await quoting.failure()).reason is FailureReason.BAD_BODY

    async def test_a_rate_of_an_hour_ago_keeps_its_own_time(self, quoting: AlphaVantageQuoting) -> None:
        quoting.answer(**{"6. Last Refreshed": written(quoting.clock.time - 3600)})
        quote = await quoting.source.quote(quoting.pair, is_hourly=True)
        assert quote.observed_at == int(quoting.clock.time) - 3600

    @pytest.mark.parametrize("is_coin", [True, False], ids=["a coin", "a currency"])
    async def test_a_rate_older_than_an_hour_is_rejected(self, quoting: AlphaVantageQuoting, *, is_coin: bool) -> None:
        quoting.clock.time = TUESDAY
        if not is_coin:
            quoting.pair = Pair.parse("EUR/USD")
        base = {"1. From_Currency Code": str(quoting.pair.base)}
        quoting.answer(**base, **{"6. Last Refreshed": written(TUESDAY - 3600)})
        assert (await quoting.source.quote(quoting.pair, is_hourly=True)).observed_at == TUESDAY - 3600
        quoting.answer(**base, **{"6. Last Refreshed": written(TUESDAY - 3601)})
        raised = await quoting.failure()
        assert (raised.reason, raised.detail) == (FailureReason.STALE, "its rate is over an hour old")

    async def test_at_a_weekend_fridays_rate_counts_for_currencies_but_not_for_coins(
        self, quoting: AlphaVantageQuoting
    ) -> None:
        friday = quoting.clock.time - 38 * 3600  # it is Sunday noon
        quoting.answer(**{"6. Last Refreshed": written(friday)})
        assert (await quoting.failure()).reason is FailureReason.STALE
        quoting.pair = Pair.parse("EUR/USD")
        quoting.answer(**{"1. From_Currency Code": "EUR", "6. Last Refreshed": written(friday)})
        assert (await quoting.source.quote(quoting.pair, is_hourly=True)).observed_at == int(friday)

    async def test_a_rate_from_the_future_is_rejected_unless_clocks_may_differ_that_much(
        self, quoting: AlphaVantageQuoting
    ) -> None:
        quoting.answer(**{"6. Last Refreshed": written(quoting.clock.time + 30)})
        assert (await quoting.source.quote(quoting.pair, is_hourly=True)).observed_at == int(quoting.clock.time)
        quoting.answer(**{"6. Last Refreshed": written(quoting.clock.time + 90)})
        assert (await quoting.failure()).reason is FailureReason.BAD_BODY

    async def test_a_rejected_pair_is_not_quoted(self, quoting: AlphaVantageQuoting) -> None:
        quoting.say(*SAID["an unknown pair"])
        with pytest.raises(NotQuoted):
            await quoting.source.quote(quoting.pair, is_hourly=True)

    @pytest.mark.parametrize(
        ("said", "reason", "seconds"),
        [
            ("a bad key", FailureReason.REFUSED, 3600),
            ("too many a minute", FailureReason.RATE_LIMITED, 60),
            ("too many a second", FailureReason.RATE_LIMITED, 60),
            ("too many a day", FailureReason.RATE_LIMITED, 44204),
            ("a key for demonstrations", FailureReason.REFUSED, 3600),
        ],
    )
    async def test_errors_under_status_200_are_understood_and_obeyed(
        self, quoting: AlphaVantageQuoting, said: str, reason: FailureReason, seconds: float
    ) -> None:
        quoting.say(*SAID[said])
        raised = await quoting.failure()
        assert (raised.reason, raised.retry_after_seconds) == (reason, seconds)
        quoting.recover()
        again = await quoting.failure()
        assert (again.reason, again.retry_after_seconds, quoting.calls) == (FailureReason.RATE_LIMITED, seconds, 1)
        quoting.clock.advance(seconds)
        quoting.recover()
        assert (await quoting.source.quote(quoting.pair, is_hourly=True)).rate == Decimal("97000.12")

    async def test_calls_reserved_for_later_hours_are_not_made(self, quoting: AlphaVantageQuoting) -> None:
        for _ in range(100 - 13):  # the hour under way has its own kept, and so have the twelve after it
            await quoting.source.quote(quoting.pair, is_hourly=False)
        with pytest.raises(SourceUnavailable) as caught:
            await quoting.source.quote(quoting.pair, is_hourly=False)
        assert caught.value.reason is FailureReason.RATE_LIMITED
        assert quoting.calls == 100 - 13
        await quoting.source.quote(quoting.pair, is_hourly=True)

    async def test_no_call_is_made_if_the_count_cannot_be_read(self, quoting: AlphaVantageQuoting) -> None:
        quoting.database.is_down = True
        with pytest.raises(DatabaseUnavailable):
            await quoting.source.quote(quoting.pair, is_hourly=True)
        assert quoting.calls == 0

    async def test_a_pause_that_cannot_be_stored_does_not_change_the_failure(
        self, quoting: AlphaVantageQuoting
    ) -> None:
        class TakesOneChange(FakeDatabase):
            @asynccontextmanager
            async def writing(self) -> AsyncIterator[FakeRepositories]:
                async with super().writing() as work:
                    yield work
                self.is_down = True

        async with aiohttp.ClientSession() as session:
            without = AlphaVantageQuoting(quoting.server, session, TakesOneChange())
            without.say(*SAID["too many a minute"])
            assert (await without.failure()).reason is FailureReason.RATE_LIMITED
            with pytest.raises(DatabaseUnavailable):
                await without.source.quote(without.pair, is_hourly=True)
        assert quoting.calls == 1
