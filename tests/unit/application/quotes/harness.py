"""Recording with fakes around it: two sources, a database, a clock."""

from application.quotes.ask_sources import AskSources
from application.quotes.hourly_job import HourlyJob
from application.quotes.record_by_hand import RecordByHand
from application.quotes.record_hour import RecordHour
from domain.pair import Pair
from domain.quotes.quote import RecordedQuote
from tests.unit.fakes.clock import FakeClock
from tests.unit.fakes.database import FakeDatabase
from tests.unit.fakes.job_meter import FakeJobMeter
from tests.unit.fakes.quote_source import FakeQuoteSource

HOUR = 1_714_302_000
LONGEST_SECONDS = 20.0
BTC_USD, ETH_USDT = Pair.parse("BTC/USD"), Pair.parse("ETH/USDT")


class RecordingHouse:
    """The first source quotes BTC/USD, the second ETH/USDT. `process()` gives recording in one more process."""

    def __init__(self) -> None:
        self.clock = FakeClock(HOUR + 600)
        self.first = FakeQuoteSource("first", self.clock, {"BTC/USD": "97000.12"})
        self.second = FakeQuoteSource("second", self.clock, {"ETH/USDT": "3400"})
        self.database = FakeDatabase()
        self.meter = FakeJobMeter()

    @property
    def ask(self) -> AskSources:
        return AskSources([self.first, self.second])

    @property
    def rows(self) -> list[RecordedQuote]:
        return self.database.rows.quotes

    def by_hand(self) -> RecordByHand:
        return RecordByHand(ask=self.ask, database=self.database, clock=self.clock, meter=self.meter, tracked=[BTC_USD])

    def hour(self) -> RecordHour:
        return RecordHour(
            ask=self.ask,
            database=self.database,
            clock=self.clock,
            meter=self.meter,
            longest_seconds=LONGEST_SECONDS,
        )

    def job(self, longest_seconds: float = LONGEST_SECONDS) -> HourlyJob:
        return HourlyJob(self.hour(), self.meter, longest_seconds)
