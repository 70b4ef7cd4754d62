"""What can be converted: exchanges, currencies and pairs."""

from tests.integration.problems import is_problem
from tests.servers.service import RunService
from tests.servers.service_client import Service
from tests.servers.simulated_exchanges import SimulatedExchanges


async def with_both_markets(service: Service) -> Service:
    for exchange in ("binance", "kucoin"):
        assert (await service.convert(exchange=exchange)).status == 200
    return service


async def test_every_tradable_pair_is_listed_once_over_all_pages(
    service: Service, exchanges: SimulatedExchanges
) -> None:
    await with_both_markets(service)
    found, path = [], "/api/v1/pairs?exchange=kucoin&limit=7"
    while path:
        page = (await service.ask("GET", path)).json
        found += [pair["symbol"] for pair in page["pairs"]]
        cursor = page.get("next_cursor")
        path = f"/api/v1/pairs?exchange=kucoin&limit=7&cursor={cursor}" if cursor else ""
    assert sorted(found) == sorted(await exchanges.tradable("kucoin"))


async def test_each_listed_pair_of_a_currency_converts(service: Service) -> None:
    await with_both_markets(service)
    pairs = (await service.ask("GET", "/api/v1/pairs?base=btc&quote=usdt")).json["pairs"]
    assert [pair["exchange"] for pair in pairs] == ["binance", "kucoin"]
    for pair in pairs:
        assert (await service.convert(pair["base"], pair["quote"], exchange=pair["exchange"])).status == 200


async def test_currencies_and_exchanges_are_listed_from_memory(service: Service, exchanges: SimulatedExchanges) -> None:
    await with_both_markets(service)
    calls = await exchanges.calls("binance"), await exchanges.calls("kucoin")
    currencies = (await service.ask("GET", "/api/v1/currencies?limit=1000")).json["currencies"]
    assert {"code": "KCS", "exchanges": ["kucoin"]} in currencies
    told = (await service.ask("GET", "/api/v1/exchanges")).json["exchanges"]
    assert [(each["name"], each["status"], each["breaker"]) for each in told] == [
        ("binance", "up", "closed"),
        ("kucoin", "up", "closed"),
    ]
    assert all(each["pairs"] > 0 and each["books_age_seconds"] >= 0 for each in told)
    assert (await exchanges.calls("binance"), await exchanges.calls("kucoin")) == calls


async def test_an_unchanged_list_is_a_304(service: Service) -> None:
    await with_both_markets(service)
    first = await service.ask("GET", "/api/v1/currencies")
    again = await service.ask("GET", "/api/currencies", headers={"If-None-Match": first.headers["ETag"]})
    assert (first.status, again.status, again.body) == (200, 304, b"")


async def test_exchanges_without_a_market_in_memory_are_named(run_service: RunService) -> None:
    async with run_service(sync_interval_seconds="0") as service:
        assert (await service.ask("GET", "/api/v1/pairs")).json == {
            "pairs": [],
            "unknown_exchanges": ["binance", "kucoin"],
        }


async def test_a_wrong_question_is_rejected(service: Service) -> None:
    for path, field in (
        ("pairs?exchange=kraken", "exchange"),
        ("pairs?limit=1001", "limit"),
        ("pairs?cursor=QlRD", "cursor"),
        ("currencies?cursor=!", "cursor"),
        ("pairs?base=B%20C", "base"),
        ("exchanges?all=1", "all"),
    ):
        assert is_problem(await service.ask("GET", f"/api/v1/{path}"), 422, field), path


async def test_a_closed_service_lists_nothing_to_strangers(run_service: RunService) -> None:
    async with run_service(require_auth="true") as service:
        for path in ("exchanges", "currencies", "pairs"):
            assert (await service.ask("GET", f"/api/v1/{path}")).status == 401
