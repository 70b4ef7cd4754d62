"""The script of the page about Firefly III pushes what Firefly III takes."""

import asyncio
import re
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from tests.project import ROOT
from tests.servers.service import RunService
from tests.servers.serving import serving
from tests.waiting import eventually

PAGE = ROOT / "docs" / "integrations" / "firefly-iii.md"

KNOWN = {"EUR", "USD", "GBP", "BTC"}
SMALLEST = Decimal("0.0000000001")


class Firefly:
    """Stores rates by the rules of Firefly III 6.6.6 (StoreByDateRequest, AcceptHeaders)."""

    def __init__(self) -> None:
        self.stored: dict[tuple[str, str, str], Decimal] = {}
        self.app = web.Application()
        self.app.add_routes([web.post("/api/v1/exchange-rates/by-date/{date}", self._store)])

    async def _store(self, request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != "Bearer a-token":
            return web.json_response({"message": "Unauthenticated."}, status=401)
        if request.content_type != "application/json":
            return web.json_response({"message": "Content-Type cannot be that"}, status=415)
        body: dict[str, Any] = await request.json()
        base, rates = body["from"], {code: Decimal(rate) for code, rate in body["rates"].items()}
        unknown = {base, *rates} - KNOWN
        if unknown or base in rates or not rates or min(rates.values()) < SMALLEST:
            return web.json_response({"message": f"Invalid currency code: {unknown}"}, status=422)
        self.stored |= {(request.match_info["date"], base, code): rate for code, rate in rates.items()}
        return web.json_response({"data": []})


async def test_the_script_pushes_the_rates_of_today_and_shows_what_is_refused(
    run_service: RunService, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    firefly = Firefly()
    async with run_service(reference_rates="ecb") as service, serving(firefly.app) as address:

        async def has_rates() -> bool:
            return (await service.ask("GET", "/v1/latest")).status == 200

        await eventually(has_rates)
        monkeypatch.setenv("CROSSRATE", service.url)
        monkeypatch.setenv("FIREFLY", address)
        monkeypatch.setenv("FIREFLY_TOKEN", "a-token")
        assert await asyncio.to_thread(push, monkeypatch, "EUR", "USD,GBP,BTC,NOPE") is None
        assert "no rate of NOPE\n" in capsys.readouterr().err
        rates = (await service.ask("GET", "/v1/latest?base=EUR&symbols=USD,GBP,BTC")).json
        assert {code: float(rate) for (_, _, code), rate in firefly.stored.items()} == pytest.approx(
            rates["rates"], abs=1e-12
        )
        assert {(day, base) for day, base, _ in firefly.stored} == {(rates["date"], "EUR")}
        refused = await asyncio.to_thread(push, monkeypatch, "EUR", "USD,JPY")
        assert str(refused).startswith("HTTP Error 422")
        assert "JPY" in str(refused)


def push(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> object:
    """Run the script; return why it stopped before its end."""
    found = re.search(r"cat > push-rates\.py <<'EOF'\n(.*?)\nEOF\n", Path(PAGE).read_text("utf-8"), re.DOTALL)
    assert found
    monkeypatch.setattr(sys, "argv", ["push-rates.py", *arguments])
    try:
        exec(compile(found[1], "push-rates.py", "exec"), {})  # noqa: S102 -- ours, and a process of its own is slow
    except SystemExit as stopped:
        return stopped.code
    return None
