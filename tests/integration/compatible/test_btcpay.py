"""`/btcpay/rates` has all rates of a coin as BTCPay Server's providers read them."""

import asyncio
from decimal import Decimal

import pytest

from domain.decimals import plain
from entrypoints.http.compatible import btcpay
from entrypoints.http.server.long_answers import FEW_ROWS
from tests.integration.compatible.forms import has_form_of, recorded
from tests.integration.problems import is_problem
from tests.servers.service import RunService
from tests.servers.service_client import Service
from tests.servers.simulated_exchanges import SimulatedExchanges
from tests.unit.fakes.slices import ROWS_PER_SLICE, most_during_a_request, rows_take_a_tenth_of_a_slice
from tests.waiting import eventually


def as_provider_reads(answer: dict[str, dict[str, str]], coin: str = "BTC") -> dict[str, Decimal]:
    """What is left after the provider's filter: `value is > 0`."""
    return {code: Decimal(text) for code, text in answer[coin].items() if Decimal(text) > 0}


async def test_bitcoin_has_a_rate_in_each_currency_of_the_bank(run_service: RunService) -> None:
    async with run_service(reference_rates="ecb") as service:

        async def has_rates() -> bool:
            return (await service.ask("GET", "/v1/latest")).status == 200

        await eventually(has_rates)
        answer = (await service.ask("GET", "/btcpay/rates")).json
        assert has_form_of(answer, recorded("btcpay-rates"))
        rates = as_provider_reads(answer)
        assert len(rates) == len(answer["BTC"])
        assert {"USD", "EUR", "GBP", "JPY"} <= rates.keys()
        assert rates["USD"] == Decimal((await service.convert("BTC", "USD", cache_max_seconds=60)).json["rate"])


async def test_other_coins_and_currencies_can_be_asked_for(service: Service) -> None:
    answer = (await service.ask("GET", "/btcpay/rates?base=eth&symbols=usdt,btc,eth,nope")).json
    assert list(answer["ETH"]) == ["USDT", "BTC"]
    small = (await service.ask("GET", "/btcpay/rates?base=SHIB&symbols=BTC")).json["SHIB"]["BTC"]
    assert "e" not in small.lower()  # a decimal of .NET reads no exponent
    assert Decimal(small) > 0


async def test_a_coin_has_no_rate_in_itself(service: Service) -> None:
    assert is_problem(await service.ask("GET", "/btcpay/rates?base=BTC&symbols=btc"), 422, "symbols")


async def test_without_any_rate_the_provider_sees_an_error(service: Service) -> None:
    for query in ("base=NOPE", "symbols=NOPE"):
        assert is_problem(await service.ask("GET", f"/btcpay/rates?{query}"), 404)


async def test_many_rates_are_written_in_slices(
    service: Service, exchanges: SimulatedExchanges, monkeypatch: pytest.MonkeyPatch
) -> None:
    books = (await exchanges.tradable("binance")).values()
    coins = sorted({book.base for book in books if book.base.isascii()} - {"BTC"})
    written = 0

    def written_plainly(rate: Decimal) -> str:
        nonlocal written
        written += 1
        return plain(rate)

    monkeypatch.setattr(btcpay, "plain", written_plainly)
    rows_take_a_tenth_of_a_slice(monkeypatch)
    asking: asyncio.Task[object] = asyncio.create_task(service.ask("GET", f"/btcpay/rates?symbols={','.join(coins)}"))
    assert await most_during_a_request([asking], lambda: written) <= 2 * ROWS_PER_SLICE
    assert written > FEW_ROWS
