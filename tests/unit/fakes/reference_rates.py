"""A bank, its publications in a dictionary, and the newest in a variable."""

from collections.abc import AsyncGenerator, Collection, Sequence
from datetime import date

from application.rates.ports.reference_cache import ReferenceCache
from application.rates.ports.reference_meter import ReferenceMeter
from application.rates.ports.reference_repository import ReferenceRepository
from application.rates.ports.reference_source import ReferenceSource
from domain.errors import CacheUnavailable
from domain.rates.errors import ExchangeUnavailable, FailureReason
from domain.rates.reference_rates import ReferenceRates


class FakeReferenceSource(ReferenceSource):
    """Has published `days`, in their order; `failure` is raised instead, once it is set.

    If it `breaks_off`, a failure follows the days of its history.
    """

    name = "ecb"

    def __init__(self, days: Sequence[ReferenceRates] = ()) -> None:
        self.days = list(days)
        self.failure: ExchangeUnavailable | None = None
        self.breaks_off = False
        self.calls: list[str] = []

    async def newest(self) -> ReferenceRates:
        return self._answered("newest")[-1]

    async def recent(self) -> AsyncGenerator[ReferenceRates, None]:
        for rates in self._answered("recent")[-62:]:
            yield rates

    async def history(self) -> AsyncGenerator[ReferenceRates, None]:
        for rates in self._answered("history"):
            yield rates
        if self.breaks_off:
            raise ExchangeUnavailable("ecb", FailureReason.BAD_BODY, "made to fail")

    def _answered(self, call: str) -> list[ReferenceRates]:
        self.calls.append(call)
        if self.failure is not None:
            raise self.failure
        return self.days


class FakeReferenceRepository(ReferenceRepository):
    def __init__(self, rows: dict[tuple[str, date], ReferenceRates]) -> None:
        self._rows = rows

    async def put(self, publications: Sequence[ReferenceRates]) -> None:
        self._rows.update({(rates.source, rates.day): rates for rates in publications})

    async def find_at(self, source: str, day: date) -> ReferenceRates | None:
        days = [each for name, each in self._rows if name == source and each <= day]
        return self._rows[source, max(days)] if days else None

    async def list_between(self, source: str, first: date, last: date, most: int) -> Sequence[ReferenceRates]:
        days = sorted(day for name, day in self._rows if name == source and first <= day <= last)
        return [self._rows[source, day] for day in days[:most]]

    async def list_days(self, source: str, since: date) -> Collection[date]:
        return [day for name, day in self._rows if name == source and day >= since]

    async def find_first_day(self, source: str) -> date | None:
        return min((day for name, day in self._rows if name == source), default=None)


class FakeReferenceCache(ReferenceCache):
    """Shared by everyone who has it."""

    def __init__(self) -> None:
        self.rates: ReferenceRates | None = None
        self.is_down = False
        self.writes = 0

    async def read(self) -> ReferenceRates | None:
        self._is_up()
        return self.rates

    async def write(self, rates: ReferenceRates) -> None:
        self._is_up()
        self.rates = rates
        self.writes += 1

    def _is_up(self) -> None:
        if self.is_down:
            raise CacheUnavailable("made to fail")


class FakeReferenceMeter(ReferenceMeter):
    def __init__(self) -> None:
        self.known: list[ReferenceRates] = []

    def reference_rates_known(self, rates: ReferenceRates) -> None:
        self.known.append(rates)
