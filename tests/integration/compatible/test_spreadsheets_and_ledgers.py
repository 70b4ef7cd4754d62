"""`/rates.csv` and `/pricedb`: read by a CSV reader, Beancount's parser, Ledger and hledger."""

import asyncio
import csv
import shutil
from decimal import Decimal
from pathlib import Path

import pytest
from beancount import loader
from beancount.core.data import Price

from tests.integration.problems import is_problem
from tests.servers.service import RunService
from tests.servers.service_client import Service

PAIRS = "BTC/USDT,TRX/BTC,SHIB/USDT,XYZ/USDT"


async def mid(service: Service, *ends: str) -> Decimal:
    return Decimal((await service.convert(*ends, cache_max_seconds=60)).json["rate"])


async def directives(service: Service, written: str, pairs: str = PAIRS) -> str:
    answer = await service.ask("GET", f"/api/v1/pricedb?pairs={pairs}&format={written}")
    assert answer.status == 200, answer.body
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    return answer.body.decode()


async def shown_by(program: str, *arguments: str) -> str:
    process = await asyncio.create_subprocess_exec(program, *arguments, stdout=-1, stderr=-1)
    output, errors = await process.communicate()
    assert (process.returncode, errors) == (0, b""), errors.decode()
    return output.decode()


async def test_a_spreadsheet_gets_a_row_for_each_pair_priced_or_not(service: Service) -> None:
    answer = await service.ask("GET", f"/api/v1/rates.csv?pairs={PAIRS}&bom=1")
    assert answer.headers["Content-Type"].startswith("text/csv")
    assert answer.body.startswith(b"\xef\xbb\xbfpair,base,quote,rate,exchange,updated_at,updated_at_iso,reason\r\n")
    rows = {row["pair"]: row for row in csv.DictReader(answer.body.decode("utf-8-sig").splitlines())}
    assert list(rows) == PAIRS.split(",")
    assert Decimal(rows["BTC/USDT"]["rate"]) == await mid(service, "BTC", "USDT")
    assert (rows["XYZ/USDT"]["rate"], "XYZ is not listed" in rows["XYZ/USDT"]["reason"]) == ("", True)
    known = await service.ask(
        "GET", f"/api/v1/rates.csv?pairs={PAIRS}&bom=1", headers={"If-None-Match": answer.headers["ETag"]}
    )
    assert (known.status, known.body) == (304, b"")


async def test_a_key_in_the_address_is_enough_where_it_is_allowed(run_service: RunService) -> None:
    async with run_service(require_auth=True, api_key_in_query=True) as service:
        for path in ("rates.csv", "pricedb"):
            assert is_problem(await service.ask("GET", f"/api/v1/{path}?pairs=BTC/USDT"), 401)
            answer = await service.ask("GET", f"/api/v1/{path}?pairs=BTC/USDT&api_key={await key_of(service)}")
            assert answer.status == 200, answer.body
            assert answer.headers["Cache-Control"] == "no-store"


async def test_beancount_reads_prices(service: Service) -> None:
    text = await directives(service, "beancount", f"{PAIRS},1INCH/USDT")
    entries, errors, _ = loader.load_string(text)
    assert errors == []
    prices = {(each.currency, each.amount.currency): each for each in entries if isinstance(each, Price)}
    assert set(prices) == {("BTC", "USDT"), ("SHIB", "USDT"), ("TRX", "BTC")}
    assert prices["TRX", "BTC"].amount.number == await mid(service, "TRX", "BTC")
    assert str(prices["TRX", "BTC"].date) == "2024-04-28"
    comments = [line for line in text.splitlines() if line.startswith(";")]
    assert [line.partition(":")[0] for line in comments] == ["; XYZ/USDT", "; 1INCH/USDT"]


@pytest.mark.skipif(shutil.which("ledger") is None, reason="needs ledger, which .ci/run installs")
async def test_ledger_reads_prices(service: Service, tmp_path: Path) -> None:
    text = await directives(service, "ledger", f"{PAIRS},1INCH/USDT")
    journal = tmp_path / "prices.ledger"
    journal.write_text(
        text + '\n2024-04-29 Opening\n    Assets  2 BTC\n    Assets  3 TRX\n    Assets  10 "1INCH"\n    Equity\n'
    )
    shown = await shown_by("ledger", "--file", str(journal), "prices")
    for ends in (("BTC", "USDT"), ("TRX", "BTC"), ("1INCH", "USDT")):
        assert f"{await mid(service, *ends):f}" in shown
    worth = await shown_by(
        "ledger", "--file", str(journal), "balance", "Assets", "--exchange", "USDT", "--end", "2024-05-01"
    )
    assert "BTC" not in worth


@pytest.mark.skipif(shutil.which("hledger") is None, reason="needs hledger, which .ci/run installs")
async def test_hledger_reads_prices(service: Service, tmp_path: Path) -> None:
    text = await directives(service, "hledger", f"{PAIRS},1INCH/USDT")
    journal = tmp_path / "prices.journal"
    journal.write_text(text + "\n2024-04-29 Opening\n    Assets  2 BTC\n    Equity\n")
    shown = await shown_by("hledger", "--file", str(journal), "prices")
    prices = {line.split()[2].strip('"') for line in shown.splitlines()}
    assert prices == {"BTC", "TRX", "SHIB", "1INCH"}
    worth = await shown_by(
        "hledger", "--file", str(journal), "balance", "Assets", "--value", "2024-05-01,USDT", "--no-total"
    )
    assert "USDT" in worth


async def test_where_nothing_has_a_rate_the_answer_is_a_problem(service: Service) -> None:
    for path in ("rates.csv", "pricedb"):
        assert is_problem(await service.ask("GET", f"/api/v1/{path}?pairs=XYZ/USDT"), 404)
        assert is_problem(await service.ask("GET", f"/api/v1/{path}"), 422, "pairs")


async def key_of(service: Service) -> str:
    """Return a new user's key to convert."""
    ada = {"username": f"ada-{id(object())}", "password": "correct horse battery"}
    await service.ask("POST", "/api/v1/authenticate/register", json=ada)
    token = (await service.ask("POST", "/api/v1/authenticate/login", json=ada)).json["access_token"]
    made = await service.ask(
        "POST",
        "/api/v1/api-keys",
        json={"name": "sheet", "scopes": ["convert"]},
        headers={"Authorization": f"Bearer {token}"},
    )
    key: str = made.json["key"]
    return key
