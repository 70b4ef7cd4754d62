"""A pair whose prices diverge between exchanges is answered by the first exchange or not at all."""

import pytest
from structlog.testing import capture_logs

from tests.contracts.exposed import Exposed
from tests.integration.problems import is_problem
from tests.servers.service import RunService
from tests.servers.service_client import Service
from tests.servers.simulated_exchanges import SimulatedExchanges

OTHER_COINS = ["BIFI", "MC"]


@pytest.fixture
async def service_that_has_seen_both(service: Service) -> Service:
    for exchange in ("binance", "kucoin"):
        assert (await service.convert(exchange=exchange)).status == 200
    return service


@pytest.mark.parametrize("currency", OTHER_COINS)
async def test_it_is_not_failed_over_and_the_problem_names_the_pair(
    service_that_has_seen_both: Service, exchanges: SimulatedExchanges, currency: str
) -> None:
    service = service_that_has_seen_both
    assert (await service.convert(currency)).json["exchange"] == "binance"
    await exchanges.commit("binance", "status", code=500)
    with capture_logs() as logs:
        answer = await service.convert(currency)
    assert is_problem(answer, 503)
    assert answer.json["type"] == "/problems/exchanges-unavailable"
    assert answer.json["failures"] == {"binance": "server_error"}
    assert (answer.json["diverging"], answer.json["reasons"]) == ({"kucoin": [f"{currency}/USDT"]}, {})
    assert f"kucoin: its price of {currency}/USDT" in answer.json["detail"]
    assert int(answer.headers["Retry-After"]) >= 1
    logged = {line["pair"] for line in logs if line["event"] == "pair_diverged"}
    assert logged == {f"{coin}/USDT" for coin in OTHER_COINS}
    assert (await service.convert()).json["exchange"] == "kucoin"
    assert (await service.convert(currency, exchange="kucoin")).json["exchange"] == "kucoin"


async def test_the_metrics_count_the_diverging_pairs(
    service_that_has_seen_both: Service, exchanges: SimulatedExchanges
) -> None:
    await exchanges.commit("binance", "status", code=500)
    assert (await service_that_has_seen_both.convert()).json["exchange"] == "kucoin"
    exposed = Exposed((await service_that_has_seen_both.ask("GET", "/metrics")).body.decode())
    assert exposed.value("crossrate_diverging_pairs", exchange="binance", other="kucoin") == len(OTHER_COINS)


async def test_with_the_setting_at_0_any_exchange_takes_over(
    run_service: RunService, exchanges: SimulatedExchanges
) -> None:
    async with run_service(divergence_threshold_percent=0) as service:
        for exchange in ("binance", "kucoin"):
            assert (await service.convert(exchange=exchange)).status == 200
        await exchanges.commit("binance", "status", code=500)
        assert (await service.convert("BIFI")).json["exchange"] == "kucoin"
