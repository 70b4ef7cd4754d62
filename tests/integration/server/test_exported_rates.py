"""`CROSSRATE_EXPORTED_PAIRS`: `/metrics` has the rates that are in memory with their age, and calls nobody for them."""

from tests.contracts.exposed import Exposed
from tests.servers.service import RunService
from tests.servers.service_client import Service
from tests.servers.simulated_exchanges import SimulatedExchanges

RATE, AGE = "crossrate_rate", "crossrate_rate_age_seconds"


async def exported(service: Service) -> dict[str, dict[tuple[str, str, str], float]]:
    text = (await service.ask("GET", "/metrics")).body.decode()
    found: dict[str, dict[tuple[str, str, str], float]] = {RATE: {}, AGE: {}}
    for sample in Exposed(text).samples:
        if sample.name in found:
            labels = sample.labels
            found[sample.name][labels["base"], labels["quote"], labels["exchange"]] = sample.value
    return found


async def test_a_rate_in_memory_is_exported_with_its_age_and_what_has_none_is_absent(
    run_service: RunService, exchanges: SimulatedExchanges
) -> None:
    async with run_service(exported_pairs=("BTC/USDT", "trx/btc", "XYZ/USDT")) as service:
        assert await exported(service) == {RATE: {}, AGE: {}}
        assert await exchanges.all_calls() == 0
        rate = (await service.convert("BTC", "USDT")).json["rate"]
        calls = await exchanges.all_calls()
        found = await exported(service)
        assert await exchanges.all_calls() == calls
    assert list(found[RATE]) == list(found[AGE]) == [("BTC", "USDT", "binance"), ("TRX", "BTC", "binance")]
    assert found[RATE]["BTC", "USDT", "binance"] == float(rate)
    assert 0 <= found[AGE]["BTC", "USDT", "binance"] < 60


async def test_without_the_setting_nothing_is_exported(service: Service) -> None:
    await service.convert("BTC", "USDT")
    assert RATE not in (await service.ask("GET", "/metrics")).body.decode()
