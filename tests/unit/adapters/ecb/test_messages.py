import csv
import io
import zipfile
from decimal import Decimal
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest

from adapters.ecb import messages
from adapters.ecb.messages import MAX_CSV_BYTES, MAX_DAYS, days_in, history_in, inflated, newest_in
from domain.currency import Currency
from domain.rates.reference_rates import InvalidReferenceRates, ReferenceRates
from tests.servers.recordings import recorded_data
from tests.unit.adapters.ecb.files import packed, table, xml
from tests.unit.domain.rates.publications import RATES, publication

USD = Currency("USD")
RECORDED = recorded_data()
needs_recordings = pytest.mark.skipif(RECORDED is None, reason="there are no recorded files")


def inflated_whole(body: bytes) -> str:
    steps = inflated(body)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return str(end.value)


def history(body: bytes) -> list[ReferenceRates]:
    return list(history_in(inflated_whole(body)))


def recorded(name: str) -> bytes:
    assert RECORDED is not None
    return (RECORDED / "ecb" / name).read_bytes()


def test_the_daily_file_has_one_publication() -> None:
    assert newest_in(xml([("2023-04-18", RATES)])) == publication()


def test_the_file_of_ninety_days_has_many() -> None:
    days = list(days_in(xml([("2023-04-19", RATES | {"USD": "1.1"}), ("2023-04-18", RATES)])))
    assert [str(day.per_euro[USD]) for day in days] == ["1.1", "1.0972"]


def test_the_history_is_in_order_and_leaves_out_what_was_not_published() -> None:
    less = {code: rate for code, rate in RATES.items() if code != "BGN"}
    days = history(packed(table([("2023-04-19", RATES), ("2023-04-18", less), ("1999-01-04", RATES)])))
    assert [str(day.day) for day in days] == ["2023-04-18", "2023-04-19"]
    assert "BGN" not in days[0].per_euro
    assert days[1].per_euro == publication().per_euro


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "not XML"),
        (b"<!DOCTYPE html><html></html>", "not XML"),
        (b'{"error": 1}', "not XML"),
        (xml([("2023-04-18", RATES)])[:300], "not XML"),
        (xml([("2023-04-18", RATES)], before="<!DOCTYPE x [<!ENTITY e 'lol'>]>"), "not XML"),
        (xml([("2023-04-18", RATES)]).replace(b"UTF-8", b"x-none"), "not XML"),
        (b"<Cube><Cube time='2023-04-18'/></Cube>", "0 days"),
        (xml([]), "0 days"),
        (xml([("2023-04-18", RATES), ("2023-04-19", RATES)]), "2 days"),
        (xml([("2023-04-18", {})]), "has 0 rates"),
        (xml([("2023-04-16", RATES)]), "publishes nothing on 2023-04-16"),
        (xml([("18/04/2023", RATES)]), "not a date"),
        (xml([("2023-04-18", RATES | {"USD": "1,0972"})]), "the rate of USD"),
        (xml([("2023-04-18", RATES)]).replace(b"'JPY'", b"'USD'"), "occurs twice"),
        (b"<a>" * 200_000 + b"</a>" * 200_000, "not XML|0 days"),
        (b" " * (messages.MAX_XML_BYTES + 1), "more than"),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_what_is_no_publication_is_rejected(body: bytes, why: str) -> None:
    with pytest.raises(InvalidReferenceRates, match=why):
        newest_in(body)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "not a readable ZIP"),
        (b"Date,USD\n", "not a readable ZIP"),
        (packed("Date,USD,\n2023-04-18,1.1,\n")[:-30], "not a readable ZIP"),
        (packed("day,USD\n"), "not the bank's table"),
        (packed(b"Date,\xff\n"), "not a readable ZIP"),
        (packed("Date,USD,\n2023-04-18,1.1,\n"), "has 1 rates"),
        (packed(table([("2023-04-18", RATES | {"USD": "-1"})])), "the rate of USD"),
        (packed(table([("tomorrow", RATES)])), "not a date"),
        (packed("Date,USD\n" + "x" * 200_000 + "\n"), "has 0 rates"),
        (packed("Date,USD\n" + "1999-01-04,1\n" * (MAX_DAYS + 1)), "not the bank's table"),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_what_is_no_history_is_rejected(body: bytes, why: str) -> None:
    with pytest.raises(InvalidReferenceRates, match=why):
        history(body)


def test_an_archive_without_a_file_and_one_with_damage_are_rejected() -> None:
    empty = io.BytesIO()
    zipfile.ZipFile(empty, "w").close()
    whole = packed(table([("2023-04-18", RATES)] * 50))
    damaged = whole[:60] + b"\xff\x00\xff\x00" + whole[64:]
    for body in (empty.getvalue(), damaged):
        with pytest.raises(InvalidReferenceRates, match="not a readable ZIP"):
            history(body)


def test_an_archive_that_inflates_without_end_is_left_early(monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(packed(b"0" * (MAX_CSV_BYTES + 1))) < 100_000
    monkeypatch.setattr(messages, "MAX_CSV_BYTES", 1_000_000)
    steps = inflated(packed(b"0" * 8_000_000))
    for _ in range(1_000_000 // 65536):
        next(steps)
    with pytest.raises(InvalidReferenceRates, match="more than 1000000 bytes"):
        next(steps)


@needs_recordings
def test_the_recorded_day_is_read_as_an_xml_reader_of_its_own_does() -> None:
    body = recorded("eurofxref-daily_2023-04-18.xml")
    cubes = [each.attrib for each in ET.fromstring(body).iter() if "currency" in each.attrib]  # noqa: S314 -- a file of ours
    rates = newest_in(body)
    assert {str(code): rate for code, rate in rates.per_euro.items()} == {
        each["currency"]: Decimal(each["rate"]) for each in cubes
    }
    assert (str(rates.day), len(cubes)) == ("2023-04-18", 30)


@needs_recordings
def test_the_recorded_file_with_decimal_commas_is_rejected() -> None:
    with pytest.raises(InvalidReferenceRates, match="the rate of USD"):
        newest_in(recorded("eurofxref-daily_decimal-commas_malformed.xml"))


@needs_recordings
def test_ten_recorded_years_are_read_without_a_day_too_few_and_each_can_follow_the_one_before() -> None:
    body = recorded("eurofxref-hist.zip")
    days = history(body)
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        rows = list(csv.DictReader(io.StringIO(archive.read("eurofxref-hist.csv").decode())))
    assert [str(day.day) for day in days] == sorted(row["Date"] for row in rows)
    of_day = {row["Date"]: row for row in rows}
    for before, day in pairwise(days):
        day.check_follows(before)
        row = of_day[str(day.day)]
        assert {code: str(rate) for code, rate in day.per_euro.items()} == {
            code: rate for code, rate in row.items() if code not in {"Date", ""} and rate != "N/A"
        }
