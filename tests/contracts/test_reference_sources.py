"""The bank's adapter, talking to a server that speaks its format, and the fake: what the application relies on."""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator

import aiohttp
import pytest

from adapters.ecb.reference_source import DAILY, HISTORY, RECENT, EcbReferenceSource
from application.rates.ports.reference_source import ReferenceSource
from domain.rates.errors import ExchangeUnavailable, FailureReason
from tests.contracts.wire_failures import FAILURES, HTML, Failure
from tests.contracts.wire_server import Reply, WireServer
from tests.unit.adapters.ecb.files import packed, table, xml
from tests.unit.domain.rates.publications import RATES, TUESDAY, WEDNESDAY, publication
from tests.unit.fakes.clock import FakeClock
from tests.unit.fakes.meter import FakeMeter
from tests.unit.fakes.reference_rates import FakeReferenceSource

FIVE = 1_681_916_400  # WEDNESDAY, an hour after its publication
MOVED = RATES | {"USD": "1.1000"}


class ReferenceSourceContract(ABC):
    """The source has published `TUESDAY` and `WEDNESDAY`."""

    @pytest.fixture
    @abstractmethod
    def source(self) -> ReferenceSource: ...

    async def test_the_newest_is_the_last(self, source: ReferenceSource) -> None:
        assert source.name == "ecb"
        assert await source.newest() == publication(WEDNESDAY, USD="1.1000")

    async def test_days_come_in_their_order(self, source: ReferenceSource) -> None:
        for days in (source.recent(), source.history()):
            assert [each.day async for each in days] == [TUESDAY, WEDNESDAY]


class TestFakeReferenceSource(ReferenceSourceContract):
    @pytest.fixture
    def source(self) -> ReferenceSource:
        return FakeReferenceSource([publication(), publication(WEDNESDAY, USD="1.1000")])


@pytest.fixture
async def server() -> AsyncIterator[WireServer]:
    async with WireServer().running() as server:
        days = [(str(WEDNESDAY), MOVED), (str(TUESDAY), RATES)]
        server.replies = {
            DAILY: Reply(xml(days[:1])),
            RECENT: Reply(xml(days)),
            HISTORY: Reply(packed(table(days))),
        }
        yield server


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(FIVE)


@pytest.fixture
def meter() -> FakeMeter:
    return FakeMeter()


@pytest.fixture
async def ecb(server: WireServer, clock: FakeClock, meter: FakeMeter) -> AsyncIterator[EcbReferenceSource]:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=0.8)) as session:
        yield EcbReferenceSource(server.url, session, clock, meter)


async def failure_of(source: ReferenceSource) -> ExchangeUnavailable:
    with pytest.raises(ExchangeUnavailable) as caught:
        await source.newest()
    return caught.value


class TestEcb(ReferenceSourceContract):
    @pytest.fixture
    def source(self, ecb: EcbReferenceSource) -> ReferenceSource:
        return ecb

    @pytest.mark.parametrize("failure", FAILURES, ids=lambda failure: failure.name)
    async def test_every_failure_has_its_reason_and_is_counted(
        self, ecb: EcbReferenceSource, server: WireServer, meter: FakeMeter, failure: Failure
    ) -> None:
        server.replies = {DAILY: failure.reply}
        found = await failure_of(ecb)
        assert (found.source, found.reason, found.is_transient) == ("ecb", failure.reason, failure.is_transient)
        assert meter.calls == {("ecb", failure.reason): 1}

    @pytest.mark.parametrize(
        ("body", "detail"),
        [
            (HTML, "eurofxref-daily.xml is not a publication: it is not XML, or has what the bank's XML never has"),
            (xml([(str(WEDNESDAY), RATES | {"USD": "1,1"})]), "the rate of USD is not a number within bounds"),
            (xml([("2023-04-20", RATES)]), "it is of a day in the future"),
        ],
    )
    async def test_what_is_no_publication_of_today_is_a_bad_body(
        self, ecb: EcbReferenceSource, server: WireServer, body: bytes, detail: str
    ) -> None:
        server.replies = {DAILY: Reply(body)}
        found = await failure_of(ecb)
        assert found.reason is FailureReason.BAD_BODY
        assert detail in found.detail

    async def test_the_bank_may_be_early_by_minutes_but_not_by_hours(
        self, ecb: EcbReferenceSource, clock: FakeClock
    ) -> None:
        clock.time = FIVE - 3600 - 600
        assert (await ecb.newest()).day == WEDNESDAY
        clock.time = FIVE - 2 * 3600
        assert (await failure_of(ecb)).reason is FailureReason.BAD_BODY

    async def test_a_history_with_an_absurd_move_is_a_bad_body(
        self, ecb: EcbReferenceSource, server: WireServer
    ) -> None:
        days = [(str(WEDNESDAY), RATES | {"USD": "10.972"}), (str(TUESDAY), RATES)]
        server.replies = {RECENT: Reply(xml(days)), HISTORY: Reply(packed(table(days)))}
        for found in (ecb.recent(), ecb.history()):
            assert (await anext(found)).day == TUESDAY
            with pytest.raises(ExchangeUnavailable, match="moved too far since 2023-04-18: USD"):
                await anext(found)

    async def test_a_history_that_is_empty_or_of_the_future_is_a_bad_body(
        self, ecb: EcbReferenceSource, server: WireServer
    ) -> None:
        for days, why in (([], "it is empty"), ([("2023-04-20", RATES)], "in the future")):
            server.replies = {RECENT: Reply(xml(days)), HISTORY: Reply(packed(table(days)))}
            for found in (ecb.recent(), ecb.history()):
                with pytest.raises(ExchangeUnavailable, match=why):
                    await anext(found)

    async def test_a_success_is_counted(self, ecb: EcbReferenceSource, meter: FakeMeter) -> None:
        await ecb.newest()
        assert meter.calls == {("ecb", None): 1}
