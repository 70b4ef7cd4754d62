"""Recording with fakes around it: two sources, a database, a clock."""

from application.jobs.ports.job_meter import JobOutcome
from application.jobs.runner import JobRunner
from application.quotes.ask_sources import AskSources
from application.quotes.jobs import NAME, record_hour_job
from application.quotes.record_hour import RecordHour
from application.quotes.record_on_request import RecordOnRequest
from domain.pair import Pair
from domain.quotes.quote import RecordedQuote
from tests.unit.fakes.clock import FakeClock
from tests.unit.fakes.database import FakeDatabase
from tests.unit.fakes.job_meter import FakeJobMeter
from tests.unit.fakes.quote_meter import FakeQuoteMeter
from tests.unit.fakes.quote_source import FakeQuoteSource

HOUR = 1_714_302_000
LEASE_SECONDS = 20.0
BTC_USD, ETH_USDT = Pair.parse("BTC/USD"), Pair.parse("ETH/USDT")


class RecordingHarness:
    """The first source quotes BTC/USD, the second ETH/USDT. Each `hour()` or `on_request()` is another process's."""

    def __init__(self) -> None:
        self.clock = FakeClock(HOUR + 600)
        self.first = FakeQuoteSource("first", self.clock, {"BTC/USD": "97000.12"})
        self.second = FakeQuoteSource("second", self.clock, {"ETH/USDT": "3400"})
        self.database = FakeDatabase()
        self.meter = FakeQuoteMeter()
        self.job_meter = FakeJobMeter()

    @property
    def ask(self) -> AskSources:
        return AskSources([self.first, self.second])

    @property
    def rows(self) -> list[RecordedQuote]:
        return self.database.rows.quotes

    def on_request(self) -> RecordOnRequest:
        return RecordOnRequest(
            ask=self.ask, database=self.database, clock=self.clock, meter=self.meter, tracked=[BTC_USD]
        )

    def hour(self) -> RecordHour:
        return RecordHour(
            ask=self.ask,
            database=self.database,
            clock=self.clock,
            meter=self.meter,
            lease_seconds=LEASE_SECONDS,
        )

    def runner(self, timeout_seconds: float = LEASE_SECONDS) -> JobRunner:
        job = record_hour_job(self.hour(), [BTC_USD, ETH_USDT])
        return JobRunner([job], self.job_meter, timeout_seconds)

    async def run_job(self, pair: Pair, timeout_seconds: float = LEASE_SECONDS) -> JobOutcome:
        return await self.runner(timeout_seconds).run(NAME, {"pair": str(pair), "hour": HOUR})
