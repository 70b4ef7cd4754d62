"""A conversion as a row of CSV, for spreadsheets that cannot send headers."""

import csv
import io
from datetime import UTC, datetime

import pytest

from tests.integration.problems import is_problem
from tests.servers.service_client import CONVERT, Service

ASKED = f"{CONVERT}?currency_from=TRX&currency_to=USDT&amount=2.50&cache_max_seconds=1000"


async def test_a_conversion_comes_as_one_row_under_a_header(warm_service: Service) -> None:
    as_json = (await warm_service.ask("GET", ASKED)).json
    answer = await warm_service.ask("GET", f"{ASKED}&format=csv", headers={"Accept": "application/json"})
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8; header=present"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="crossrate-TRX-USDT.csv"'
    (row,) = csv.DictReader(io.StringIO(answer.body.decode()))
    updated_at = datetime.strptime(row.pop("updated_at_iso"), "%Y-%m-%dT%H:%M:%S%z")
    assert updated_at == datetime.fromtimestamp(as_json["updated_at"], UTC)
    assert row == {"amount": "2.5"} | {name: str(value) for name, value in as_json.items()}


@pytest.mark.parametrize(("query", "accept"), [("", "text/csv"), ("&format=CSV&bom=0", "*/*")])
async def test_a_header_or_a_parameter_chooses_csv(warm_service: Service, query: str, accept: str) -> None:
    answer = await warm_service.ask("GET", ASKED + query, headers={"Accept": accept})
    assert answer.body.startswith(b"currency_from,currency_to,")


@pytest.mark.parametrize(("query", "accept"), [("&format=json", "text/csv"), ("", "text/csv;q=0.5, */*")])
async def test_a_header_or_a_parameter_chooses_json(warm_service: Service, query: str, accept: str) -> None:
    answer = await warm_service.ask("GET", ASKED + query, headers={"Accept": accept})
    assert answer.json["currency_from"] == "TRX"


async def test_excel_recognises_it_as_utf_8(warm_service: Service) -> None:
    answer = await warm_service.ask("GET", f"{ASKED}&format=csv&bom=1")
    assert answer.body.startswith(b"\xef\xbb\xbfcurrency_from,")


async def test_an_unknown_format_is_rejected_and_is_no_field_of_a_body(warm_service: Service) -> None:
    assert is_problem(await warm_service.ask("GET", f"{ASKED}&format=xls&bom=x"), 422, "format", "bom")
    assert is_problem(await warm_service.convert(format="csv"), 422, "format")


async def test_an_error_stays_a_problem(warm_service: Service) -> None:
    answer = await warm_service.ask("GET", f"{ASKED.replace('TRX', 'NOPE')}&format=csv")
    assert is_problem(answer, 404)
