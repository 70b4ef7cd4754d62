"""`/v1` answers clients of Frankfurter over a real socket: in its form, with the bank's rates and live ones."""

import asyncio
import gc
import json
import sqlite3
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import closing, suppress
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from application.concurrency.cooperative import yield_to_event_loop
from domain.rates.bank_days import is_bank_day
from domain.rates.conversion import Conversion
from entrypoints.http.compatible import frankfurter
from entrypoints.http.compatible.frankfurter_rates import live_rate
from entrypoints.http.limits import MOST_BATCHES, MOST_SERIES
from entrypoints.http.server.caching import tag_of
from entrypoints.http.server.long_answers import FEW_ROWS
from tests.integration.compatible.forms import has_form_of, recorded
from tests.servers.migrated import migrated_sqlite
from tests.servers.service import RunService
from tests.servers.service_client import Answer, Service
from tests.servers.simulated_exchanges import SimulatedExchanges
from tests.unit.domain.rates.publications import RATES
from tests.unit.fakes.slices import ROWS_PER_SLICE, most_during_a_request, rows_take_a_tenth_of_a_slice
from tests.waiting import eventually

# The clock of the tests stands on a Sunday.
FRIDAY, THURSDAY, SUNDAY = "2024-04-26", "2024-04-25", "2024-04-28"

# The processor time that the event loop may need for one slice of work: 4 alone, twice that beside other programs.
MOST_MS = 15


@pytest.fixture
async def banked(run_service: RunService) -> AsyncIterator[Service]:
    """A service that has the rates of Friday, and those of earlier days."""
    async with run_service(reference_rates="ecb") as service:

        async def has_history() -> bool:
            newest = await service.ask("GET", "/v1/latest")
            return newest.status == 200 and (await service.ask("GET", f"/v1/{THURSDAY}")).status == 200

        await eventually(has_history)
        yield service


async def asked(service: Service, path: str, status: int = 200) -> Any:  # noqa: ANN401 -- any JSON
    answer = await service.ask("GET", f"/v1/{path}")
    assert answer.status == status, answer.body
    return answer.json


async def test_each_answer_has_the_form_of_the_original(banked: Service) -> None:
    for path, name in (
        ("latest", "latest"),
        ("latest?base=USD&symbols=GBP,JPY&amount=10", "latest-of-ten-dollars"),
        (f"{THURSDAY}?symbols=USD", "day"),
        (f"{THURSDAY}..{FRIDAY}?symbols=USD,GBP", "series"),
        ("currencies", "currencies"),
    ):
        answer = await banked.ask("GET", f"/v1/{path}")
        assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
        assert has_form_of(answer.json, recorded(f"frankfurter-{name}")), answer.body
    assert await asked(banked, "latest?base=NOPE", 404) == recorded("frankfurter-not-found")
    assert await asked(banked, "latest?amount=0", 422) == recorded("frankfurter-invalid-amount")
    assert await asked(banked, "latest?from=USD&to=USD", 422) == recorded("frankfurter-bad-pair")
    assert await asked(banked, "2024-31-01", 422) == {"message": "invalid date"}
    assert await asked(banked, "no-such-path", 404) == recorded("frankfurter-not-found")


async def test_rates_are_the_banks_to_the_digit_and_of_its_day(banked: Service) -> None:
    newest = await asked(banked, "latest")
    assert (newest["amount"], newest["base"], newest["date"]) == (1.0, "EUR", FRIDAY)
    assert list(newest["rates"]) == sorted(newest["rates"])
    assert "EUR" not in newest["rates"]
    for code in ("USD", "JPY", "GBP"):
        assert Decimal(str(newest["rates"][code])) == Decimal(
            (await banked.convert("EUR", code, exchange="ecb")).json["rate"]
        )
    assert (await asked(banked, FRIDAY)) == newest
    for path in (SUNDAY, "2999-01-01"):
        assert (await asked(banked, path)) == newest


async def test_any_base_amount_and_older_name_is_taken(banked: Service) -> None:
    per_euro = {code: Decimal(str(rate)) for code, rate in (await asked(banked, "latest"))["rates"].items()}
    answer = await asked(banked, "latest?base=usd&symbols=gbp,eur,USD&amount=100")
    assert (answer["amount"], answer["base"]) == (100.0, "USD")
    dollars, pounds = ((100 * per_euro[code]).quantize(Decimal("0.01")) for code in ("USD", "GBP"))
    assert answer["rates"] == {
        "EUR": round(float(100 * 100 / dollars), 2),
        "GBP": round(float(100 * pounds / dollars), 3),
    }
    assert await asked(banked, "latest?from=usd&to=gbp,eur,USD&amount=100&base=JPY&unknown=1") == answer


async def test_a_series_has_each_day_with_a_publication_from_the_last_before_it(banked: Service) -> None:
    series = await asked(banked, f"{THURSDAY}..{SUNDAY}?symbols=USD")
    assert (series["start_date"], series["end_date"]) == (THURSDAY, FRIDAY)
    assert series["rates"][FRIDAY] == (await asked(banked, f"{FRIDAY}?symbols=USD"))["rates"]
    assert await asked(banked, f"{THURSDAY}..?symbols=USD") == series
    assert (await asked(banked, f"2024-04-21..{THURSDAY}?symbols=USD"))["start_date"] == "2024-04-19"
    whole = await asked(banked, "1999-01-04..?symbols=USD,GBP")
    assert len(whole["rates"]) > 60
    assert list(whole["rates"]) == sorted(whole["rates"])
    for path in (f"{FRIDAY}..{THURSDAY}", "2999-01-01..2999-02-01", f"{THURSDAY}..{SUNDAY}?symbols=BTC"):
        assert await asked(banked, path, 404) == {"message": "not found"}


async def test_days_are_counted_as_requests_also_where_they_have_no_answer(
    run_service: RunService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(frankfurter, "DAYS_PER_REQUEST", 10)
    async with run_service(reference_rates="ecb", rate_limit_convert="1000/minute") as service:

        async def remaining(query: str) -> int:
            answer = await service.ask("GET", f"/v1/1999-01-04..?symbols={query}")
            return int(answer.headers["RateLimit"].partition(";r=")[2].partition(";")[0])

        async def has_history() -> bool:
            return (await service.ask("GET", f"/v1/{THURSDAY}")).status == 200

        await eventually(has_history)
        before = await remaining("ZZZ")
        assert await remaining("ZZZ") == before - 1  # nothing is read
        assert await remaining("TRL") < before - 5  # everything is, for it once was one of the bank's
        assert (await service.ask("GET", "/v1/1999-01-04..?symbols=TRL")).status == 404


async def test_before_the_first_publication_there_is_none(banked: Service) -> None:
    for path in ("1998-12-31", f"{THURSDAY}?base=BTC", f"{THURSDAY}?symbols=BTC"):
        assert await asked(banked, path, 404) == {"message": "not found"}


async def test_what_the_bank_does_not_have_is_converted_live_and_dated_today(banked: Service) -> None:
    mixed = await asked(banked, "latest?symbols=USD,BTC,NOPE")
    assert list(mixed["rates"]) == ["BTC", "USD"]
    assert mixed["date"] == SUNDAY
    single = (await banked.convert("EUR", "BTC")).json["rate"]
    assert mixed["rates"]["BTC"] == float(single)
    of_coin = await asked(banked, "latest?base=BTC&amount=2")
    assert of_coin["date"] == SUNDAY
    assert set(of_coin["rates"]) == set(await asked(banked, "currencies"))
    assert of_coin["rates"]["USD"] == float(2 * Decimal((await banked.convert("BTC", "USD")).json["rate"]))
    assert (await asked(banked, "latest?base=BTC&symbols=TRX"))["rates"]["TRX"] > 0


async def test_many_live_rates_are_rounded_in_slices(
    service: Service, exchanges: SimulatedExchanges, monkeypatch: pytest.MonkeyPatch
) -> None:
    books = (await exchanges.tradable("binance")).values()
    coins = sorted({book.base for book in books if book.base.isascii()} - {"BTC"})
    rounded = 0

    def rounding(conversion: Conversion, amount: Decimal) -> float:
        nonlocal rounded
        rounded += 1
        return live_rate(conversion, amount)

    monkeypatch.setattr(frankfurter, "live_rate", rounding)
    rows_take_a_tenth_of_a_slice(monkeypatch)
    path = f"/v1/latest?base=BTC&symbols={','.join(coins)}"
    asking: asyncio.Task[object] = asyncio.create_task(service.ask("GET", path))
    assert await most_during_a_request([asking], lambda: rounded) <= 2 * ROWS_PER_SLICE
    assert rounded > FEW_ROWS


async def test_a_series_is_put_together_and_tagged_in_slices_of_their_own(
    banked: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = []

    def tagged(content: bytes) -> str:
        done.append("tagged")
        return tag_of(content)

    async def yielded() -> None:
        done.append("yielded")
        await yield_to_event_loop()

    monkeypatch.setattr(frankfurter, "tag_of", tagged)
    monkeypatch.setattr(frankfurter, "yield_to_event_loop", yielded)
    await asked(banked, f"{THURSDAY}..{SUNDAY}?symbols=USD")
    assert done == ["yielded", "tagged", "yielded"]


async def test_an_unchanged_answer_is_not_sent_again(banked: Service) -> None:
    first = await banked.ask("GET", f"/v1/{FRIDAY}")
    again = await banked.ask("GET", f"/v1/{FRIDAY}", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status, again.body) == (304, b"")
    head = await banked.ask("HEAD", f"/v1/{FRIDAY}")
    assert (head.status, head.headers["ETag"]) == (200, first.headers["ETag"])
    assert (await banked.ask("OPTIONS", "/v1/latest")).headers["Allow"] == "GET, HEAD, OPTIONS"


async def test_before_the_first_rates_have_come_the_answer_says_wait(
    run_service: RunService, exchanges: SimulatedExchanges
) -> None:
    await exchanges.commit("ecb", "reset")
    async with run_service(reference_rates="ecb") as service:
        answer = await service.ask("GET", "/v1/latest")
    assert (answer.status, list(answer.json)) == (503, ["message"])
    assert "none of its rates are here yet" in answer.json["message"]
    assert int(answer.headers["Retry-After"]) >= 1


async def test_a_closed_service_asks_for_a_key_in_the_same_form(run_service: RunService) -> None:
    async with run_service(require_auth=True) as service:
        answer = await service.ask("GET", "/v1/latest")
    assert (answer.status, list(answer.json)) == (401, ["message"])
    assert "Bearer" in answer.headers["WWW-Authenticate"]


def test_the_days_are_what_they_are_called() -> None:
    assert [date.fromisoformat(day).strftime("%A") for day in (THURSDAY, FRIDAY, SUNDAY)] == [
        "Thursday",
        "Friday",
        "Sunday",
    ]


@pytest.fixture
def _collects_as_usual() -> Iterator[None]:
    """Has Python look for garbage as often as it does in the service, not as rarely as in other tests."""
    rarely = gc.get_threshold()
    gc.set_threshold(700, 10, 10)
    yield
    gc.set_threshold(*rarely)


@pytest.mark.usefixtures("_collects_as_usual")
async def test_the_longest_series_holds_nobody_up(run_service: RunService, tmp_path: Path) -> None:
    """Neither by a long slice of work, nor by so many objects that Python looks through all of them for garbage."""
    url, days = _with_every_day_since_1999(tmp_path / "crossrate.db")
    async with run_service(reference_rates="ecb", database_url=url) as service:

        async def is_ready() -> bool:
            return (await service.ask("GET", "/v1/latest")).status == 200

        await eventually(is_ready)
        path = f"1999-01-04..2023-12-29?symbols={','.join(sorted(RATES)[:13])}"
        await asked(service, "1999-01-04..1999-06-01")
        gc.collect()
        before = gc.get_stats()[0]["collections"]
        slices = asyncio.create_task(_longest_slice_ms())
        series = await service.ask("GET", f"/v1/{path}")
        slices.cancel()
        assert len(series.json["rates"]) == days
        assert (
            gc.get_stats()[0]["collections"] - before <= 40
        )  # with an object for the ticker of each rate, there were 187
        assert await slices < MOST_MS


async def test_many_long_series_leave_the_tables_to_others(banked: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    may_go_on = asyncio.Event()
    monkeypatch.setattr(frankfurter, "yield_to_event_loop", may_go_on.wait)
    series = [asyncio.create_task(banked.ask("GET", "/v1/1999-01-04..")) for _ in range(MOST_SERIES + MOST_BATCHES)]
    await eventually(lambda: _are_done(series, MOST_BATCHES))
    assert {(await banked.ask("GET", "/btcpay/rates?base=BTC")).status for _ in range(4)} == {200}
    may_go_on.set()
    assert Counter([(await each).status for each in series]) == {200: MOST_SERIES, 503: MOST_BATCHES}


async def _are_done(asked: Sequence[asyncio.Task[Answer]], number: int) -> bool:
    return sum(each.done() for each in asked) == number


def _with_every_day_since_1999(file: Path) -> tuple[str, int]:
    url = migrated_sqlite(file)
    days = [date(1999, 1, 4) + timedelta(number) for number in range(25 * 365 + 1)]
    rows = [("ecb", str(day), json.dumps(RATES)) for day in days if is_bank_day(day)]
    with closing(sqlite3.connect(file)) as connection:
        connection.executemany("INSERT INTO reference_rates (source, day, rates) VALUES (?, ?, ?)", rows)
        connection.commit()
    return url, len(rows)


async def _longest_slice_ms() -> float:
    """Return for how long the loop's thread has worked between two iterations at most, once it is cancelled."""
    longest, last = 0.0, time.thread_time()
    with suppress(asyncio.CancelledError):
        while True:
            await asyncio.sleep(0)
            now = time.thread_time()
            longest, last = max(longest, now - last), now
    return longest * 1000
