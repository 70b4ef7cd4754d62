"""`GET /metrics` over a real socket: each metric changes with its event, and by the right amount."""

import asyncio
from collections import Counter
from itertools import product

import pytest
from redis.asyncio import Redis

from application.jobs.ports.job_meter import JobOutcome
from application.market_data.ports.feed_meter import DropReason
from application.market_data.ports.meter import PriceSource
from domain.identity.lockout import LockScope
from domain.orders.attempt import AttemptOutcome
from domain.rates.book import FurtherRateType, RateType
from domain.rates.errors import FailureReason
from entrypoints.http.server.connections import REASONS
from tests.contracts.exposed import Exposed
from tests.integration.redis_state import value_keys
from tests.servers.service import RunService
from tests.servers.service_client import CONVERT, Service
from tests.servers.simulated_exchanges import SimulatedExchanges
from tests.unit.fakes.clock import TickingClock
from tests.waiting import eventually

REQUESTS = "crossrate_requests_total"
DURATIONS = "crossrate_request_duration_seconds"
CONVERSIONS = "crossrate_conversions_total"
CALLS = "crossrate_exchange_calls_total"
LOOKUPS = "crossrate_price_lookups_total"
AGE = "crossrate_market_age_seconds"
BREAKER = "crossrate_breaker_open"
WEIGHT = "crossrate_exchange_weight_used"

EXCHANGES = ("binance", "kucoin")
CERTAIN = {outcome for outcome in AttemptOutcome if outcome is not AttemptOutcome.PENDING}
MARKER = "planted-by-a-caller"

ROUTES = {
    CONVERT,
    "/health/live",
    "/health/ready",
    "/metrics",
    "/problems/{slug}",
    "/openapi.json",
    "/",
    "/docs",
    "/redoc",
    "/static/{name}",
}


async def exposed(service: Service) -> Exposed:
    answer = await service.ask("GET", "/metrics")
    assert answer.status == 200
    return Exposed(answer.body.decode())


async def test_it_is_in_the_text_format_of_prometheus(service: Service) -> None:
    answer = await service.ask("GET", "/metrics")
    assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert "X-Request-ID" in answer.headers
    families = Exposed(answer.body.decode()).families
    assert all(family.name.startswith("crossrate_") and family.documentation for family in families)
    assert {family.name: family.type for family in families} == {
        "crossrate_requests": "counter",
        "crossrate_request_duration_seconds": "histogram",
        "crossrate_conversions": "counter",
        "crossrate_exchange_calls": "counter",
        "crossrate_fetches_throttled": "counter",
        "crossrate_cached_values_rejected": "counter",
        "crossrate_prices_held_back": "counter",
        "crossrate_unconfirmed_prices": "gauge",
        "crossrate_price_lookups": "counter",
        "crossrate_market_age_seconds": "gauge",
        "crossrate_exchange_weight_used": "gauge",
        "crossrate_diverging_pairs": "gauge",
        "crossrate_breaker_open": "gauge",
        "crossrate_connections_closed": "counter",
        "crossrate_streams": "gauge",
        "crossrate_sync_leader": "gauge",
        "crossrate_feed_messages": "counter",
        "crossrate_feed_rows_dropped": "counter",
        "crossrate_feed_connections": "counter",
        "crossrate_feed_connections_lost": "counter",
        "crossrate_feed_disagreements": "counter",
        "crossrate_feed_lag_seconds": "gauge",
        "crossrate_job_runs": "counter",
        "crossrate_job_duration_seconds": "histogram",
        "crossrate_ledger_verified_postings": "counter",
        "crossrate_ledger_faults": "counter",
        "crossrate_lockouts": "counter",
        "crossrate_order_prices_diverged": "counter",
        "crossrate_orders_accepted": "counter",
        "crossrate_orders_ended": "counter",
        "crossrate_order_settled_seconds": "histogram",
        "crossrate_clearing_batches": "counter",
        "crossrate_clearing_attempts": "counter",
        "crossrate_orders_queued": "gauge",
        "crossrate_orders_oldest_seconds": "gauge",
        "crossrate_clearing_halted": "gauge",
        "crossrate_clearing_stuck": "gauge",
        "crossrate_reconciliations": "counter",
        "crossrate_reconciliation_differences": "counter",
        "crossrate_venue_compared_timestamp_seconds": "gauge",
        "crossrate_webhook_attempts": "counter",
        "crossrate_webhook_deliveries_failed": "counter",
        "crossrate_webhooks_disabled": "counter",
        "crossrate_reference_rates_overdue_seconds": "gauge",
        "crossrate_reference_rates_published_timestamp_seconds": "gauge",
        "crossrate_quote_age_seconds": "gauge",
        "crossrate_tasks": "gauge",
    }


async def test_beside_workers_a_serving_process_has_the_metrics_of_money_from_its_start(
    run_service: RunService, redis_url: str
) -> None:
    async with run_service(redis_url=redis_url) as service:
        scraped = await exposed(service)
    counters = (
        "crossrate_ledger_verified_postings_total",
        "crossrate_ledger_faults_total",
        "crossrate_reconciliations_total",
        "crossrate_reconciliation_differences_total",
        "crossrate_order_prices_diverged_total",
    )
    assert {name: scraped.value(name) for name in counters} == dict.fromkeys(counters, 0.0)
    assert scraped.value("crossrate_job_runs_total", job="verify_ledger", outcome=JobOutcome.FAILED) == 0
    assert scraped.value("crossrate_webhook_attempts_total", outcome="failed") == 0
    assert scraped.value("crossrate_clearing_attempts_total", venue="simulated", outcome="refused") == 0
    assert scraped.value("crossrate_lockouts_total", scope="account") == 0
    assert "crossrate_quote_age_seconds" in {family.name for family in scraped.families}


async def test_requests_are_counted_by_route_and_status_each_once(service: Service) -> None:
    for _ in range(3):
        assert (await service.convert(cache_max_seconds=1000)).status == 200
    assert (await service.convert(amount=-1)).status == 422
    assert (await service.get(("currency_from", "BTC"), ("currency_to", "NOPE"), ("amount", "1"))).status == 404
    assert (await service.ask("GET", "/problems/no-route")).status == 200
    assert (await service.ask("GET", "/problems/other")).status == 404
    for path in ("/nowhere", "/else/where", "/api/v1/convert/7"):
        assert (await service.ask("GET", path)).status == 404
    assert (await service.ask("DELETE", CONVERT)).status == 405
    assert (await exposed(service)).count(REQUESTS, route="/metrics") == 0  # it counts itself once it is answered
    scraped = await exposed(service)
    assert counted(scraped, REQUESTS, "route", "status") == {
        (CONVERT, "200"): 3,
        (CONVERT, "422"): 1,
        (CONVERT, "404"): 1,
        ("/problems/{slug}", "200"): 1,
        ("/problems/{slug}", "404"): 1,
        ("unknown", "404"): 3,
        ("unknown", "405"): 1,
        ("/metrics", "200"): 1,
    }
    for route in (CONVERT, "/problems/{slug}", "unknown", "/metrics"):
        assert scraped.value(f"{DURATIONS}_count", route=route) == scraped.count(REQUESTS, route=route)


async def test_duration_buckets_range_from_half_a_millisecond_to_ten_seconds(
    service: Service, exchanges: SimulatedExchanges
) -> None:
    await exchanges.commit("binance", "latency", milliseconds=300)
    assert (await service.convert(exchange="binance")).status == 200  # the listing and then the books: 600 ms
    scraped = await exposed(service)
    buckets = [
        each for each in scraped.samples if each.name == f"{DURATIONS}_bucket" and each.labels["route"] == CONVERT
    ]
    bounds = [float(each.labels["le"]) for each in buckets]
    assert (bounds[0], bounds[-2], len(bounds)) == (0.0005, 10, 15)
    assert [each.value for each in buckets] == [float(bound >= 1) for bound in bounds]
    spent = scraped.value(f"{DURATIONS}_sum", route=CONVERT)
    assert spent is not None
    assert 0.6 <= spent < 1


async def test_conversions_are_counted_by_exchange_rate_type_and_legs(service: Service) -> None:
    asked: list[tuple[str, str, str]] = [
        ("BTC", "USDT", "mid"),
        ("USDT", "BTC", "mid"),
        ("USDT", "BTC", "executable"),
        ("TRX", "ADA", "mid"),
        ("BTC", "BTC", "mid"),
        ("KCS", "USDT", "mid"),
        ("BTC", "USDT", "depth"),
    ]
    expected: Counter[tuple[str, str, str]] = Counter()
    for one, other, rate_type in asked:
        answer = await service.convert(one, other, rate_type=rate_type, cache_max_seconds=1000, include_route=True)
        legs = answer.json["trades" if rate_type == "depth" else "route"]
        expected[answer.json["exchange"], rate_type, str(len(legs))] += 1
    assert expected == {
        ("binance", "mid", "1"): 2,
        ("binance", "executable", "1"): 1,
        ("binance", "mid", "2"): 1,
        ("binance", "mid", "0"): 1,
        ("kucoin", "mid", "1"): 1,
        ("binance", "depth", "1"): 1,
    }
    assert (await service.convert(rate_type="median", cache_max_seconds=1000)).status == 200
    expected["median", "median", "0"] = 1
    assert (await service.convert("BTC", "NOPE")).status == 404
    scraped = counted(await exposed(service), CONVERSIONS, "exchange", "rate_type", "legs")
    assert {key: value for key, value in scraped.items() if value} == expected
    assert scraped.keys() == {
        ("median", "median", "0"),
        *product(EXCHANGES, (*RateType, FurtherRateType.DEPTH), map(str, range(4))),
    }


async def test_calls_to_exchanges_are_counted_by_outcome(service: Service, exchanges: SimulatedExchanges) -> None:
    assert (await service.convert()).status == 200
    assert (await service.convert()).status == 200
    await exchanges.commit("binance", "status", code=500)
    assert (await service.convert()).json["exchange"] == "kucoin"  # after two attempts at Binance
    await exchanges.commit("kucoin", "status", code=429, retry_after=60)
    assert (await service.convert()).status == 503
    assert (await service.convert(exchange="kucoin")).status == 503  # paused: no call, so nothing to count
    scraped = await exposed(service)
    assert counted(scraped, CALLS, "exchange", "outcome") == {
        **{(exchange, reason.value): 0 for exchange in EXCHANGES for reason in FailureReason},
        ("binance", "ok"): 3,
        ("binance", "server_error"): 3,  # with the third of six calls the breaker opens, and keeps the fourth from it
        ("kucoin", "ok"): 2,
        ("kucoin", "rate_limited"): 1,
    }
    for exchange in EXCHANGES:
        assert scraped.count(CALLS, exchange=exchange) == await exchanges.calls(exchange)


async def test_price_lookups_are_counted_by_level(run_service: RunService, clock: TickingClock, redis_url: str) -> None:
    async with run_service(redis_url=redis_url) as first, run_service(redis_url=redis_url) as second:
        assert (await first.convert(cache_max_seconds=60)).status == 200
        for _ in range(3):
            assert (await first.convert(cache_max_seconds=60)).status == 200

        async def is_kept() -> bool:
            async with Redis.from_url(redis_url) as redis:
                return len(await value_keys(redis)) == 2

        await eventually(is_kept)
        clock.advance(1)
        for _ in range(2):
            assert (await second.convert(cache_max_seconds=60)).status == 200
        levels = [counted(await exposed(each), LOOKUPS, "exchange", "level") for each in (first, second)]
        of_first, of_second = [tuple(scraped["binance", level.value] for level in PriceSource) for scraped in levels]
        assert of_first == (3, 0, 1)
        assert of_second in {(1, 1, 0), (2, 0, 0)}  # the market update may have come before the request
        assert all(scraped["kucoin", level.value] == 0 for scraped in levels for level in PriceSource)


async def test_callers_that_share_a_fetch_are_counted_singly_and_the_call_once(service: Service) -> None:
    answers = await asyncio.gather(*(service.convert(cache_max_seconds=10) for _ in range(20)))
    assert {answer.status for answer in answers} == {200}
    scraped = await exposed(service)
    assert scraped.count(LOOKUPS, exchange="binance") == 20
    assert scraped.value(CALLS, exchange="binance", outcome="ok") == 2


async def test_ages_are_those_at_the_time_of_the_scrape(service: Service, clock: TickingClock) -> None:
    assert counted(await exposed(service), AGE, "exchange", "payload") == {}
    assert (await service.convert()).status == 200
    clock.advance(5)
    assert (await service.convert()).status == 200
    clock.advance(2.5)
    ages = counted(await exposed(service), AGE, "exchange", "payload")
    assert ages == {
        ("binance", "listing"): pytest.approx(7.5, abs=0.01),
        ("binance", "books"): pytest.approx(2.5, abs=0.01),
    }


async def test_the_used_weight_is_what_each_exchange_reported_last(service: Service) -> None:
    assert (await service.convert(exchange="kucoin")).status == 200  # the listing weighs 4, the books 15
    scraped = await exposed(service)
    assert (scraped.value(WEIGHT, exchange="kucoin"), scraped.value(WEIGHT, exchange="binance")) == (19, None)
    for _ in range(2):
        assert (await service.convert(exchange="binance")).status == 200  # 20, and 4 each time
    scraped = await exposed(service)
    assert (scraped.value(WEIGHT, exchange="kucoin"), scraped.value(WEIGHT, exchange="binance")) == (19, 28)


async def test_a_scrape_calls_no_exchange(service: Service, exchanges: SimulatedExchanges, clock: TickingClock) -> None:
    for _ in range(5):
        await exposed(service)
        clock.advance(1000)
    assert await exchanges.all_calls() == 0


async def test_an_open_breaker_shows_until_a_probe_succeeds(
    service: Service, exchanges: SimulatedExchanges, clock: TickingClock
) -> None:
    await exchanges.commit("binance", "status", code=429)
    assert (await service.convert(exchange="binance")).status == 503
    scraped = await exposed(service)
    assert [scraped.value(BREAKER, exchange=exchange) for exchange in EXCHANGES] == [1, 0]
    await exchanges.stop("binance")
    clock.advance(31)
    assert (await exposed(service)).value(BREAKER, exchange="binance") == 1
    assert (await service.convert(exchange="binance")).status == 200
    assert (await exposed(service)).value(BREAKER, exchange="binance") == 0


async def test_no_caller_can_choose_the_value_of_a_label(service: Service) -> None:
    sent = [
        ("GET", f"/{MARKER}", {}),
        ("GET", f"/static/{MARKER}.js", {}),
        ("GET", f"/problems/{MARKER}", {}),
        ("GET", f"{CONVERT}?currency_from={MARKER}&currency_to=USDT&amount=1", {}),
        ("GET", f"{CONVERT}?currency_from=PLANTED&currency_to=USDT&amount=1", {}),
        ("GET", f"{CONVERT}?currency_from=BTC&currency_to=USDT&amount=1&exchange={MARKER}", {}),
        ("GET", f"{CONVERT}?currency_from=BTC&currency_to=USDT&amount=1&rate_type={MARKER}", {}),
        ("GET", f"{CONVERT}?currency_from=BTC&currency_to=USDT&amount=1&exchange=BINANCE", {}),
        ("GET", f"{CONVERT}?{MARKER}={MARKER}", {}),
        ("PROPFIND", "/health/live", {}),
        (
            "GET",
            "/health/live",
            {"X-Request-ID": MARKER, "Host": MARKER, "User-Agent": MARKER, "X-Forwarded-For": MARKER},
        ),
    ]
    statuses = [(await service.ask(method, path, headers=headers)).status for method, path, headers in sent]
    assert {200, 404, 405, 422} == set(statuses)
    values = (await exposed(service)).label_values()
    assert values.pop("status") == {str(status) for status in statuses}
    assert values.pop("route") <= {*ROUTES, "unknown"}
    assert values.pop("exchange") == {*EXCHANGES, "median"}
    assert values.pop("other") == {"kucoin"}
    assert values.pop("rate_type") == {*RateType, *FurtherRateType}
    assert values.pop("legs") == {"0", "1", "2", "3"}
    assert values.pop("outcome") == {"ok", "accepted", *FailureReason, *JobOutcome, *CERTAIN}
    assert values.pop("job") == {
        "record_hour",
        "delete_expired_price_locks",
        "delete_old_deliveries",
        "reconcile_orders",
        "delete_expired_idempotency_keys",
        "verify_ledger",
        "release_expired_holds",
    }
    assert values.pop("level") == set(PriceSource)
    assert values.pop("payload") == {"listing", "books"}
    assert len(values.pop("le")) == 15
    assert values.pop("reason") == {*REASONS, *DropReason}
    assert values.pop("venue") == {"simulated"}
    assert values.pop("scope") == set(LockScope)
    assert values == {}


def counted(scraped: Exposed, name: str, *labels: str) -> dict[tuple[str, ...], float]:
    """Return the samples of one metric by the values of these labels, which must be all that it has."""
    found = [each for each in scraped.samples if each.name == name]
    assert all(each.labels.keys() == set(labels) for each in found)
    return {tuple(each.labels[label] for label in labels): each.value for each in found}
