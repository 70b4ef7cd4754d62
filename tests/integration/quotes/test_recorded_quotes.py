"""Recorded quotes over a real socket: read in pages, as CSV, as candles, and recorded on request."""

import asyncio
import csv
import io
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from adapters.sql.database import SqlDatabase
from application.quotes.list_quotes import MAX_PAGE_QUOTES
from domain.pair import Pair, Side
from domain.quotes.quote import PricedLeg, Quote
from tests.integration.identity.client import Client, Newcomers
from tests.integration.problems import is_problem
from tests.integration.quotes.conftest import ALPHAVANTAGE_KEY
from tests.servers.simulated_exchanges import SimulatedExchanges
from tests.unit.fakes.clock import FakeClock

HOUR = 1_714_302_000
JSON = {"Content-Type": "application/json"}


async def recorded(database: SqlDatabase, pair: str, *rows: tuple[int, str], source: str = "alphavantage") -> None:
    """Record rates at so many seconds after the hour, a few hundred at a time, because units of work are bounded."""
    for start in range(0, len(rows), 250):
        async with database.writing() as work:
            for seconds, rate in rows[start : start + 250]:
                quote = Quote(Pair.parse(pair), Decimal(rate), source, HOUR + seconds)
                await work.quotes.add(quote, HOUR + seconds)


async def walked(client: Client, path: str, cursor: str = "") -> list[Any]:
    """Follow the cursor to the end."""
    found: list[Any] = []
    while True:
        answer = await client.ask("GET", f"{path}{f'&cursor={cursor}' if cursor else ''}")
        assert answer.status == 200, answer.body
        found += answer.json["quotes"]
        if "next_cursor" not in answer.json:
            return found
        cursor = answer.json["next_cursor"]


async def test_quotes_are_listed_newest_first_with_exact_rates(ada: Client, database: SqlDatabase) -> None:
    await recorded(database, "EXA/USD", (0, "97000.12"), (5, "1.5E-10"), (3, "1E+20"))
    answer = await ada.ask("GET", "/quotes?pair=exa/usd")
    assert answer.status == 200
    assert [(row["rate"], row["observed_at"]) for row in answer.json["quotes"]] == [
        ("0.00000000015", HOUR + 5),
        ("100000000000000000000", HOUR + 3),
        ("97000.12", HOUR),
    ]
    assert "next_cursor" not in answer.json
    assert answer.json["quotes"][0].keys() == {"id", "pair", "rate", "source", "observed_at", "recorded_at"}


async def test_a_quote_from_an_exchange_has_its_route(ada: Client, database: SqlDatabase) -> None:
    leg = PricedLeg("kucoin", "ROU-USDT", Side.SELL, Decimal("2.50"), HOUR)
    quote = Quote(Pair.parse("ROU/USDT"), Decimal("2.5"), "exchanges", HOUR, (leg,))
    async with database.writing() as work:
        await work.quotes.add_for_hour(quote, HOUR + 1, HOUR)
    (row,) = (await ada.ask("GET", "/quotes?pair=ROU/USDT")).json["quotes"]
    assert (row["exchange"], row["hour"], row["recorded_at"]) == ("kucoin", HOUR, HOUR + 1)
    assert row["route"] == [
        {"exchange": "kucoin", "symbol": "ROU-USDT", "side": "sell", "price": "2.5", "observed_at": HOUR}
    ]


async def test_the_unversioned_path_gives_the_same_answer(ada: Client, database: SqlDatabase) -> None:
    await recorded(database, "SHO/USD", (0, "1"))
    for path in ("/quotes?pair=SHO/USD", "/quotes/latest?pair=SHO/USD", "/quotes/candles?pair=SHO/USD&interval=1h"):
        long, short = await ada.ask("GET", f"/api/v1{path}"), await ada.ask("GET", f"/api{path}")
        assert (long.status, long.body) == (short.status, short.body) == (200, short.body)


async def test_paging_sees_each_quote_once_while_others_are_added(ada: Client, database: SqlDatabase) -> None:
    await recorded(database, "WAL/USD", *((number // 2, "1") for number in range(20)))
    before = await walked(ada, "/quotes?pair=WAL/USD&limit=1000")
    first = await ada.ask("GET", "/quotes?pair=WAL/USD&limit=7")
    await recorded(database, "WAL/USD", (99, "2"), (4, "2"), (98, "2"))
    rest = await walked(ada, "/quotes?pair=WAL/USD&limit=7", first.json["next_cursor"])
    seen = [row["id"] for row in [*first.json["quotes"], *rest]]
    assert len(seen) == len(set(seen))
    assert {row["id"] for row in before} <= set(seen)


@pytest.mark.parametrize(
    ("period", "seconds"),
    [
        (f"from={HOUR + 60}", [120, 60]),
        (f"to={HOUR + 60}", [0]),
        (f"from={HOUR + 60}&to={HOUR + 120}", [60]),
        ("from=2024-04-28T11:01:00Z", [120, 60]),
        ("from=2024-04-28T13:01:00%2B02:00&to=2024-04-28T11:02:00Z", [60]),
        ("from=2024-04-28T13:01:00+02:00&to=2024-04-28T11:02:00Z", [60]),  # a space, in a query
        ("from=2024-04-28T11:01:00.5Z", [120]),
        ("to=2024-04-28T11:01", [0]),
        ("from=2024-04-28", [120, 60, 0]),
        ("from=2024-04-29", []),
        ("source=exchanges", []),
        ("source=alphavantage&limit=1", [120]),
    ],
)
async def test_a_period_may_be_unix_seconds_or_iso_8601(
    ada: Client, database: SqlDatabase, period: str, seconds: list[int]
) -> None:
    pair = f"P{abs(hash(period)) % 10**9}/USD"
    await recorded(database, pair, (0, "1"), (60, "2"), (120, "3"))
    answer = await ada.ask("GET", f"/quotes?pair={pair}&{period}")
    assert answer.status == 200, answer.body
    assert [row["observed_at"] - HOUR for row in answer.json["quotes"]] == seconds


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("pair=BTCUSD", "pair"),
        ("pair=BTC/BTC", "pair"),
        ("pair=%EF%BC%A2TC/USD", "pair"),
        ("pair=", "pair"),
        ("from=yesterday", "from"),
        ("from=-1", "from"),
        ("from=2024-02-30", "from"),
        ("from=2024-04-28T25:00:00Z", "from"),
        ("from=1e3", "from"),
        ("from=20240428", "from"),
        ("from=%D9%A3", "from"),
        ("to=99999999999999", "to"),
        ("source=somebody", "source"),
        ("limit=0", "limit"),
        ("limit=1001", "limit"),
        ("limit=1.5", "limit"),
        ("limit=%2B5", "limit"),
        ("limit=", "limit"),
        ("cursor=x", "cursor"),
        ("cursor=", "cursor"),
        ("cursor=MTIz", "cursor"),
        (f"cursor={'A' * 100}", "cursor"),
        ("cursor=%C3%A9", "cursor"),
        ("limit=1&limit=2", "limit"),
        ("until=1", "until"),
        ("since=1", "since"),
    ],
)
async def test_an_invalid_query_is_rejected_by_name(ada: Client, query: str, field: str) -> None:
    assert is_problem(await ada.ask("GET", f"/quotes?{query}"), 422, field)


async def test_the_latest_quote_of_one_pair_or_of_all_tracked_ones(ada: Client, database: SqlDatabase) -> None:
    await recorded(database, "NEW/USD", (0, "1"), (9, "3"), (5, "2"))
    answer = await ada.ask("GET", "/quotes/latest?pair=NEW/USD")
    assert [row["rate"] for row in answer.json["quotes"]] == ["3"]
    assert is_problem(await ada.ask("GET", "/quotes/latest?pair=NONE/USD"), 404)
    tracked = await ada.ask("GET", "/quotes/latest")
    assert tracked.status == 200
    assert {row["pair"] for row in tracked.json["quotes"]} <= {"BTC/USD", "BTC/USDT", "ETH/USDT"}


async def test_candles_are_exact(ada: Client, database: SqlDatabase) -> None:
    await recorded(database, "CAN/USD", (0, "0.3"), (60, "0.1"), (3599, "0.2"), (7200, "1E-12"))
    answer = await ada.ask("GET", f"/quotes/candles?pair=CAN/USD&interval=1h&from={HOUR}&to={HOUR + 7201}")
    assert answer.json == {
        "pair": "CAN/USD",
        "interval": "1h",
        "candles": [
            {"opened_at": HOUR, "open": "0.3", "high": "0.3", "low": "0.1", "close": "0.2", "count": 3},
            {
                "opened_at": HOUR + 7200,
                "open": "0.000000000001",
                "high": "0.000000000001",
                "low": "0.000000000001",
                "close": "0.000000000001",
                "count": 1,
            },
        ],
    }
    daily = await ada.ask("GET", "/quotes/candles?pair=CAN/USD&interval=1d&to=2024-04-29")
    assert [(candle["open"], candle["count"]) for candle in daily.json["candles"]] == [("0.3", 4)]


@pytest.mark.parametrize(
    ("query", "fields"),
    [
        ("", ["pair", "interval"]),
        ("pair=BTC/USD", ["interval"]),
        ("pair=BTC/USD&interval=1w", ["interval"]),
        ("pair=BTC/USD&interval=1h&from=7200&to=3600", ["from"]),
        (f"pair=BTC/USD&interval=1h&from=0&to={HOUR}", ["from"]),
        ("pair=BTC/USD&interval=1h&limit=5", ["limit"]),
    ],
)
async def test_an_invalid_query_for_candles_is_rejected_by_name(ada: Client, query: str, fields: list[str]) -> None:
    assert is_problem(await ada.ask("GET", f"/quotes/candles?{query}"), 422, *fields)


async def test_an_unchanged_answer_is_a_304_by_its_etag(ada: Client, database: SqlDatabase) -> None:
    await recorded(database, "TAG/USD", (0, "1"))
    for path in ("/quotes?pair=TAG/USD", "/quotes/latest?pair=TAG/USD", "/quotes/candles?pair=TAG/USD&interval=1d"):
        first = await ada.ask("GET", path)
        tag = first.headers["ETag"]
        assert first.headers["Cache-Control"] == "private, no-cache"
        assert "Authorization" in first.headers["Vary"]
        for known in (tag, f'"other", {tag}', f"W/{tag}", "*"):
            again = await ada.ask("GET", path, headers={"If-None-Match": known})
            assert (again.status, again.body, again.headers["ETag"]) == (304, b"", tag)
        assert (await ada.ask("GET", path, headers={"If-None-Match": '"other"'})).status == 200
        await recorded(database, "TAG/USD", (1, "2"))
        assert (await ada.ask("GET", path, headers={"If-None-Match": tag})).status == 200, "it has changed"


def rows_of(body: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(body.decode())))


async def test_csv_has_every_quote_up_to_the_limit(ada: Client, database: SqlDatabase) -> None:
    count = MAX_PAGE_QUOTES + 100
    await recorded(database, "CSV/USD", *((number, f"{number + 1}.5") for number in range(count)))
    answer = await ada.ask("GET", "/quotes?pair=CSV/USD&format=csv", headers={"Accept": "application/json"})
    assert (answer.status, answer.headers["Content-Type"]) == (200, "text/csv; charset=utf-8; header=present")
    assert answer.headers["Transfer-Encoding"] == "chunked"
    header, *rows = rows_of(answer.body)
    times = ["observed_at", "recorded_at", "hour"]
    assert header == ["id", "pair", "rate", "source", "exchange", *times, *(f"{name}_iso" for name in times)]
    assert answer.headers["Content-Disposition"] == 'attachment; filename="crossrate-quotes-CSV-USD.csv"'
    assert len(rows) == len({row[0] for row in rows}) == count
    assert rows[0][1:4] == ["CSV/USD", f"{count}.5", "alphavantage"]
    limited = await ada.ask(
        "GET", "/quotes?pair=CSV/USD&limit=3", headers={"Accept": "application/json;q=0.5, text/csv"}
    )
    assert rows_of(limited.body) == [header, *rows[:3]]


@pytest.mark.parametrize("query", ["", "&limit=5"])
async def test_csv_is_sent_again_only_once_it_has_changed(ada: Client, database: SqlDatabase, query: str) -> None:
    pair = f"TAC{len(query)}/USD"
    await recorded(database, pair, (0, "1"))
    path = f"/quotes?pair={pair}&format=csv{query}"
    first = await ada.ask("GET", path)
    tag = {"If-None-Match": first.headers["ETag"]}
    assert (await ada.ask("GET", path, headers=tag)).status == 304
    for other in (f"{path}&bom=1", path.replace("csv", "json")):
        assert (await ada.ask("GET", other, headers=tag)).status == 200, "another form has another tag"
    await recorded(database, pair, (1, "2"))
    again = await ada.ask("GET", path, headers=tag)
    assert (again.status, len(rows_of(again.body))) == (200, 3)


async def test_latest_quotes_and_candles_come_as_csv_too(ada: Client, database: SqlDatabase) -> None:
    await recorded(database, "CSX/USD", (0, "1"), (60, "2"))
    newest = await ada.ask("GET", "/quotes/latest?pair=CSX/USD", headers={"Accept": "text/csv"})
    assert rows_of(newest.body)[1][1:3] == ["CSX/USD", "2"]
    candles = await ada.ask("GET", "/quotes/candles?pair=CSX/USD&interval=1h", headers={"Accept": "text/csv"})
    assert rows_of(candles.body) == [
        ["opened_at", "open", "high", "low", "close", "count", "opened_at_iso"],
        [str(HOUR), "1", "2", "1", "2", "2", datetime.fromtimestamp(HOUR, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")],
    ]
    names = [answer.headers["Content-Disposition"].partition("=")[2] for answer in (newest, candles)]
    assert names == ['"crossrate-latest-quotes-CSX-USD.csv"', '"crossrate-candles-CSX-USD-1h.csv"']
    marked = await ada.ask("GET", "/quotes/latest?pair=CSX/USD&format=CSV&bom=1")
    assert marked.body == b"\xef\xbb\xbf" + newest.body


async def test_a_rejected_request_for_csv_is_answered_with_a_problem(ada: Client) -> None:
    assert is_problem(await ada.ask("GET", "/quotes?limit=0", headers={"Accept": "text/csv"}), 422, "limit")
    assert is_problem(await ada.ask("GET", "/quotes?format=xml&bom=yes"), 422, "format", "bom")


async def post(client: Client, document: object = None, path: str = "/quotes") -> Any:  # noqa: ANN401 -- an answer
    return await client.ask("POST", path, **({} if document is None else {"json": document}))


async def test_a_request_records_what_the_source_says(
    ada: Client, exchanges: SimulatedExchanges, quotes_clock: FakeClock
) -> None:
    quotes_clock.advance(10)
    answer = await post(ada, {"pair": "eth/usd"})
    assert answer.status == 201
    (row,) = answer.json["quotes"]
    assert (row["pair"], row["source"], row["recorded_at"]) == ("ETH/USD", "alphavantage", int(quotes_clock.time))
    assert "hour" not in row
    assert (await ada.ask("GET", "/quotes/latest?pair=ETH/USD")).json["quotes"] == [row]
    assert await exchanges.paths("alphavantage") == {"/query": 1}


async def test_fifty_simultaneous_requests_make_one_call_and_one_row(
    ada: Client, exchanges: SimulatedExchanges, quotes_clock: FakeClock
) -> None:
    quotes_clock.advance(10)
    answers = await asyncio.gather(*(post(ada, {"pair": "SOL/USD"}) for _ in range(50)))
    assert {answer.status for answer in answers} == {201}
    assert len({answer.body for answer in answers}) == 1
    assert await exchanges.paths("alphavantage") == {"/query": 1}
    assert len((await ada.ask("GET", "/quotes?pair=SOL/USD")).json["quotes"]) == 1


@pytest.mark.parametrize("document", [None, {}, {"pair": None}], ids=str)
async def test_without_a_pair_every_tracked_one_is_recorded(
    ada: Client, quotes_clock: FakeClock, document: object
) -> None:
    quotes_clock.advance(10)
    answer = await post(ada, document)
    assert answer.status == 201, answer.body
    assert [row["pair"] for row in answer.json["quotes"]] == ["BTC/USD", "BTC/USDT", "ETH/USDT"]
    assert [row["source"] for row in answer.json["quotes"]] == ["alphavantage", "exchanges", "exchanges"]
    assert answer.json["quotes"][1]["route"][0]["symbol"] == "BTCUSDT"


async def test_a_tracked_pair_without_a_quote_is_named(
    ada: Client, exchanges: SimulatedExchanges, quotes_clock: FakeClock
) -> None:
    quotes_clock.advance(10)
    await exchanges.commit("alphavantage", "soft_failure", member="Error Message")
    answer = await post(ada)
    assert [row["pair"] for row in answer.json["quotes"]] == ["BTC/USDT", "ETH/USDT"]
    assert list(answer.json["skipped"]) == ["BTC/USD"]


async def test_a_pair_that_no_source_has_is_not_found(ada: Client) -> None:
    answer = await post(ada, {"pair": "NOSUCHCOIN/USDT"})
    assert is_problem(answer, 404)
    assert (answer.json["type"], list(answer.json["reasons"])) == (
        "/problems/not-quoted",
        ["alphavantage", "exchanges"],
    )


async def test_a_failing_source_is_a_503_with_a_retry_time_and_without_the_key(
    ada: Client, exchanges: SimulatedExchanges, quotes_clock: FakeClock, capfd: pytest.CaptureFixture[str]
) -> None:
    quotes_clock.advance(10)
    said = f"We have detected your API key as {ALPHAVANTAGE_KEY}: 1 request per second"
    await exchanges.commit("alphavantage", "soft_failure", member="Information", message=said)
    for _ in range(2):
        answer = await post(ada, {"pair": "XRP/USD"})
        assert is_problem(answer, 503)
        assert answer.json["failures"]["alphavantage"] == "rate_limited"
        assert 1 <= int(answer.headers["Retry-After"]) <= 60
        assert ALPHAVANTAGE_KEY.encode() not in answer.body
    assert await exchanges.paths("alphavantage") == {"/query": 1}, "it asked to be left alone"
    assert ALPHAVANTAGE_KEY not in "".join(capfd.readouterr())


@pytest.mark.parametrize(
    ("document", "field"),
    [({"pair": "BTC"}, "pair"), ({"pair": 7}, "pair"), ({"rate": "1"}, "rate"), ([], "")],
    ids=str,
)
async def test_an_invalid_request_to_record_is_rejected_by_name(ada: Client, document: object, field: str) -> None:
    assert is_problem(await post(ada, document), 422, field)


CLOSED = [("GET", "/quotes"), ("GET", "/quotes/latest"), ("GET", "/quotes/candles"), ("POST", "/quotes")]


@pytest.mark.parametrize(("method", "path"), CLOSED)
async def test_credentials_are_required(ada: Client, method: str, path: str) -> None:
    stranger = Client(ada.service, "nobody", "198.51.100.7")
    for prefix in ("/api/v1", "/api"):
        assert is_problem(await stranger.ask(method, prefix + path), 401)
    assert is_problem(await Client(ada.service, "nobody", "198.51.100.7", key="crk_made_up").ask(method, path), 401)


async def test_a_key_needs_the_scope_of_the_route(ada: Client, database: SqlDatabase, quotes_clock: FakeClock) -> None:
    await recorded(database, "SCO/USD", (0, "1"))
    reader, writer = await ada.new_key("quotes:read"), await ada.new_key("quotes:write")
    converter = await ada.new_key("convert")
    quotes_clock.advance(10)
    for method, path in CLOSED:
        answers = [await each.ask(method, f"{path}?{QUERIES.get(path, '')}") for each in (reader, writer, converter)]
        expected = [200, 403, 403] if method == "GET" else [403, 201, 403]
        assert [answer.status for answer in answers] == expected, path


QUERIES = {"/quotes/candles": "pair=SCO/USD&interval=1h"}


async def test_every_user_sees_the_same_quotes_but_not_who_recorded_them(
    ada: Client, newcomers: Newcomers, quotes_clock: FakeClock
) -> None:
    quotes_clock.advance(10)
    mine = await post(ada, {"pair": "ADA/USD"})
    grace = await newcomers.user()
    theirs = await grace.ask("GET", "/quotes?pair=ADA/USD")
    assert theirs.json["quotes"] == mine.json["quotes"]
    assert ada.name.encode() not in theirs.body


async def test_readiness_lists_the_tracked_pairs_and_warns_of_stale_ones(
    ada: Client, exchanges: SimulatedExchanges, quotes_clock: FakeClock
) -> None:
    quotes_clock.advance(10)
    exchanges.clock.time = quotes_clock.time
    assert (await post(ada)).status == 201
    fresh = await ada.service.readiness()
    assert {pair: health["status"] for pair, health in fresh["quotes"].items()} == dict.fromkeys(
        ("BTC/USD", "BTC/USDT", "ETH/USDT"), "fresh"
    )
    assert "warnings" not in fresh
    quotes_clock.advance(7201)
    stale = await ada.service.readiness()
    assert {health["status"] for health in stale["quotes"].values()} == {"stale"}
    assert stale["warnings"][0] == "BTC/USD: nothing has been recorded for over 2 hours"
