"""A service that records every currency each hour, and converts any two of them at a past moment."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from adapters.sql.quotes.hourly_tables import decoded, encoded
from application.rates.convert_many import ConvertMany
from application.rates.tabulate_rates import TabulateRates
from domain.currency import Currency
from domain.quotes.hourly_table import HourlyTable
from domain.rates.book import RateType
from tests.integration.rates import whole_market
from tests.servers.service import RunService
from tests.servers.service_client import Service
from tests.unit.fakes.clock import TickingClock
from tests.waiting import eventually

HOUR = 3600


async def at(service: Service, start: str, end: str, moment: int) -> dict[str, Any]:
    pairs = {"currency_from": start, "currency_to": end, "amount": "1", "at": str(moment)}
    found: dict[str, Any] = (await service.get(*pairs.items())).json
    return found


async def test_every_currency_is_recorded_and_any_two_are_converted_at_that_hour(
    run_service: RunService, clock: TickingClock
) -> None:
    async with run_service(record="Hourly:ALL", record_base="usdt") as service:
        moment = int(clock.time)

        async def is_recorded() -> bool:
            return "rate" in await at(service, "BTC", "USDT", moment)

        clock.advance(60)  # that moment is past now
        await eventually(is_recorded)
        now = {end: (await service.convert(end, "USDT", cache_max_seconds=10**6)).json for end in ("BTC", "TRX")}
        clock.advance(2 * HOUR)
        btc, trx, cross = [
            await at(service, *ends, moment) for ends in (("BTC", "USDT"), ("USDT", "TRX"), ("BTC", "TRX"))
        ]
    assert btc["rate"] == now["BTC"]["rate"]
    rates = {end: Decimal(answer["rate"]) for end, answer in now.items()}
    assert abs(Decimal(trx["rate"]) * rates["TRX"] - 1) < Decimal("1e-11")
    assert abs(Decimal(cross["rate"]) / (rates["BTC"] / rates["TRX"]) - 1) < Decimal("1e-11")
    assert [(each["pair"], each["side"], each["exchange"], each["hour"]) for each in cross["recorded"]] == [
        ("BTC/USDT", "sell", "binance", moment // HOUR * HOUR),
        ("TRX/USDT", "buy", "binance", moment // HOUR * HOUR),
    ]


@pytest.mark.parametrize("data", whole_market.SOURCES, ids=whole_market.source_name)
async def test_a_row_of_every_currency_takes_less_than_nine_bytes_for_each(data: Path | None) -> None:
    async with whole_market.running_whole_market(data) as market:
        tabulate = TabulateRates(
            convert_many=ConvertMany(markets=market.markets, generations=market.generations, meter=market.meter),
            markets=market.markets,
            generations=market.generations,
        )
        tabulated, _ = await tabulate(Currency("USDT"), None, RateType.MID, 60)
    table = HourlyTable.of(0, Currency("USDT"), tabulated.rates, without=())
    written = encoded(table.rates)
    assert decoded(written) == table.rates
    assert len(written) < 9 * len(table.rates)
