"""A pair whose prices diverge between exchanges is answered by the first exchange or not at all."""

import pytest
from structlog.testing import capture_logs

from tests.contracts.exposed import Exposed
from tests.integration.problems import is_problem
from tests.servers.service import RunService
from tests.servers.service_client import Service
from tests.servers.simulated_exchanges import SimulatedExchanges

# Another coin on KuCoin, which no table says.
OTHER_COINS = ["ACE"]


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
        assert (await service.convert("ACE")).json["exchange"] == "kucoin"


@pytest.mark.parametrize("fields", [{}, {"exchange": "best"}, {"rate_type": "median"}, {"rate_type": "depth"}], ids=str)
async def test_a_known_conflict_is_never_served_for_the_coin_asked_for(
    run_service: RunService, exchanges: SimulatedExchanges, fields: dict[str, str]
) -> None:
    reason = "its BIFI is BIFI.KUCOIN here, see /currencies"
    async with run_service(divergence_threshold_percent=0, min_providers=1) as service:
        await exchanges.commit("binance", "status", code=500)
        answer = await service.convert("BIFI", **fields)
        assert is_problem(answer, 503)
        assert (answer.json["failures"], answer.json["reasons"]) == ({"binance": "server_error"}, {"kucoin": reason})
    async with run_service(exchanges="kucoin") as service:
        answer = await service.convert("BIFI", **fields)
        assert is_problem(answer, 404)
        assert answer.json["reasons"] == {"kucoin": reason}


async def test_a_known_conflict_has_a_name_of_its_own_and_its_ticker_where_its_exchange_is_named(
    service: Service,
) -> None:
    named = (await service.convert("BIFI.KUCOIN", "USDT", include_route=True, cache_max_seconds=60)).json
    there = (await service.convert("BIFI", "USDT", exchange="KuCoin", include_route=True, cache_max_seconds=60)).json
    assert [leg["symbol"] for leg in named["route"]] == ["BIFI-USDT"]
    assert (named.pop("currency_from"), there.pop("currency_from")) == ("BIFI.KUCOIN", "BIFI")
    assert named == there
    deep = {"rate_type": "depth", "exchange": "kucoin", "cache_max_seconds": 60}
    assert (await service.convert("BIFI", "USDT", **deep)).json["currency_from"] == "BIFI"
    pairs = (await service.ask("GET", "/api/v1/pairs?exchange=kucoin&base=BIFI")).json["pairs"]
    assert ("BIFI-USDT", "BIFI.KUCOIN") in [(each["symbol"], each["base"]) for each in pairs]
    assert (await service.convert("BIFI", "USDT")).json["exchange"] == "binance"
    listed = (await service.ask("GET", "/api/v1/currencies?search=bifi")).json["currencies"]
    assert [(each["code"], each["exchanges"]) for each in listed] == [
        ("BIFI", ["binance"]),
        ("BIFI.KUCOIN", ["kucoin"]),
    ]
