"""What can be converted: exchanges, currencies and pairs."""

from decimal import Decimal

import pytest

from application.rates import currency_names
from tests.integration.problems import is_problem
from tests.servers.service import RunService
from tests.servers.service_client import Service
from tests.servers.simulated_exchanges import SimulatedExchanges
from tests.waiting import eventually

# Of the mid: a wider spread is no price by default.
HALF = Decimal("0.5")


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
    books = await exchanges.tradable("kucoin")
    priced = {symbol for symbol, book in books.items() if 2 * (book.ask - book.bid) / (book.ask + book.bid) <= HALF}
    assert priced < books.keys()
    assert sorted(found) == sorted(priced)


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
    listed = (await service.ask("GET", "/api/v1/exchanges")).json["exchanges"]
    assert [(each["name"], each["status"], each["breaker"]) for each in listed] == [
        ("binance", "up", "closed"),
        ("kucoin", "up", "closed"),
    ]
    assert all(each["pairs"] > 0 and each["books_age_seconds"] >= 0 for each in listed)
    assert (await exchanges.calls("binance"), await exchanges.calls("kucoin")) == calls


@pytest.mark.parametrize("query", ["", "?format=csv"])
async def test_an_unchanged_list_is_a_304(service: Service, query: str) -> None:
    await with_both_markets(service)
    first = await service.ask("GET", f"/api/v1/currencies{query}")
    again = await service.ask("GET", f"/api/currencies{query}", headers={"If-None-Match": first.headers["ETag"]})
    assert (first.status, again.status, again.body) == (200, 304, b"")


@pytest.mark.parametrize(
    ("path", "member", "columns"),
    [
        (
            "exchanges",
            "exchanges",
            "name,status,breaker,listing_age_seconds,books_age_seconds,pairs,currencies,published",
        ),
        ("currencies", "currencies", "code,exchanges,name"),
        ("pairs", "pairs", "exchange,symbol,base,quote,base_name,quote_name"),
    ],
)
async def test_a_list_is_whole_as_csv(service: Service, path: str, member: str, columns: str) -> None:
    await with_both_markets(service)
    maximum = "" if path == "exchanges" else "?limit=1000"
    listed = (await service.ask("GET", f"/api/v1/{path}{maximum}")).json
    assert "next_cursor" not in listed
    answer = await service.ask("GET", f"/api/v1/{path}", headers={"Accept": "text/csv, application/json;q=0.9"})
    header, *rows = answer.body.decode().splitlines()
    assert header == columns
    assert answer.headers["Content-Disposition"] == f'attachment; filename="crossrate-{path}.csv"'
    if path != "exchanges":  # whose ages may have changed in between
        wanted = [
            ",".join(" ".join(cell) if isinstance(cell, list) else cell for cell in cells)
            for cells in ([row.get(column, "") for column in columns.split(",")] for row in listed[member])
        ]
        assert rows == wanted
    assert len(rows) == len(listed[member]) > 1


async def test_a_limit_holds_for_csv_too(service: Service) -> None:
    await with_both_markets(service)
    answer = await service.ask("GET", "/api/v1/pairs?format=csv&limit=3&bom=1")
    assert len(answer.body.decode("utf-8-sig").splitlines()) == 4


async def test_exchanges_without_a_market_in_memory_are_named(run_service: RunService) -> None:
    async with run_service(sync_interval_seconds="0") as service:
        assert (await service.ask("GET", "/api/v1/pairs")).json == {
            "pairs": [],
            "unknown_exchanges": ["binance", "kucoin"],
        }


async def test_an_invalid_query_is_rejected(service: Service) -> None:
    for path, field in (
        ("pairs?exchange=kraken", "exchange"),
        ("pairs?limit=1001", "limit"),
        ("pairs?cursor=QlRD", "cursor"),
        ("currencies?cursor=!", "cursor"),
        ("pairs?base=B%20C", "base"),
        ("exchanges?all=1", "all"),
        ("exchanges?format=xml", "format"),
        ("pairs?format=csv&bom=2", "bom"),
    ):
        assert is_problem(await service.ask("GET", f"/api/v1/{path}"), 422, field), path


async def test_a_closed_service_lists_nothing_without_credentials(run_service: RunService) -> None:
    async with run_service(require_auth="true") as service:
        for path in ("exchanges", "currencies", "pairs"):
            assert (await service.ask("GET", f"/api/v1/{path}")).status == 401


async def found(service: Service, path: str, query: str) -> list[dict[str, str]]:
    answer = await service.ask("GET", f"/api/v1/{path}?{query}")
    assert answer.status == 200, answer.body
    rows: list[dict[str, str]] = answer.json[path]
    return rows


async def test_a_search_finds_codes_and_names_in_any_case_and_what_begins_with_it_first(service: Service) -> None:
    await service.convert()
    await service.convert(exchange="kucoin")
    codes = [row["code"] for row in await found(service, "currencies", "search=tR")]
    assert codes[0] == "TRX" or codes[0].startswith("TR")
    begins = [code.startswith("TR") for code in codes]
    assert begins == sorted(begins, reverse=True)
    assert {row["name"] for row in await found(service, "currencies", "search=LIRA")} == {"Turkish lira"}
    assert await found(service, "currencies", "search=no-such-thing") == []
    empty = await service.ask("GET", "/api/v1/currencies?search=")
    assert (empty.status, empty.json["errors"]) == (422, [{"field": "search", "detail": "must not be empty"}])
    pairs = await found(service, "pairs", "search=btcusd")
    assert {row["base"] for row in pairs} == {"BTC"}
    lira = await found(service, "pairs", "search=turkish&exchange=binance")
    assert {"TRY"} == {row["base"] if row["base"] == "TRY" else row["quote"] for row in lira}
    assert all("Turkish lira" in {row.get("base_name"), row.get("quote_name")} for row in lira)


async def test_a_search_is_paged_without_a_gap(service: Service) -> None:
    await service.convert()
    for path, key in (("currencies", ("code",)), ("pairs", ("exchange", "symbol"))):
        whole = [[row[name] for name in key] for row in await found(service, path, "search=a&limit=1000")]
        paged: list[list[str]] = []
        cursor = ""
        while True:
            answer = (await service.ask("GET", f"/api/v1/{path}?search=a&limit=40{cursor}")).json
            paged += [[row[name] for name in key] for row in answer[path]]
            if "next_cursor" not in answer:
                break
            cursor = f"&cursor={answer['next_cursor']}"
        assert paged[:1000] == whole


async def test_a_coin_is_found_by_the_name_that_an_exchange_gives_it(
    run_service: RunService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(currency_names, "START_AFTER_SECONDS", 0.0)
    monkeypatch.setattr(currency_names, "AGAIN_AFTER_SECONDS", 0.05)
    async with run_service() as service:
        await with_both_markets(service)

        async def is_found() -> bool:
            return bool((await service.ask("GET", "/api/v1/currencies?search=Cardano")).json["currencies"])

        await eventually(is_found)
        (found,) = (await service.ask("GET", "/api/v1/currencies?search=cardano")).json["currencies"]
        assert found == {"code": "ADA", "name": "Cardano", "exchanges": ["binance", "kucoin"]}
        (pair,) = (await service.ask("GET", "/api/v1/pairs?exchange=kucoin&search=cardano&quote=USDT")).json["pairs"]
        assert (pair["base_name"], pair["quote_name"]) == ("Cardano", "Tether")
