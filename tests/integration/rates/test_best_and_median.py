"""`exchange: best` and `rate_type: median`: all exchanges at once, over real sockets.

The expected figures come from the simulated exchanges' own books, in fractions, and share no code with the service.
"""

from fractions import Fraction

import pytest

from tests.integration.problems import is_problem
from tests.servers.service import RunService
from tests.servers.service_client import Service
from tests.servers.simulated_exchanges import SimulatedExchanges
from tests.unit.domain.rates.fractions import rounded_half_even

WARM = {"cache_max_seconds": 1000}
SYMBOLS = {"binance": "BTCUSDT", "kucoin": "BTC-USDT"}


async def tops(exchanges: SimulatedExchanges) -> dict[str, tuple[Fraction, Fraction]]:
    found = {}
    for exchange, symbol in SYMBOLS.items():
        row = (await exchanges.books(exchange))[symbol]
        found[exchange] = Fraction(row["bid"]), Fraction(row["ask"])
    return found


@pytest.mark.parametrize(("sold", "bought"), [("BTC", "USDT"), ("USDT", "BTC")])
@pytest.mark.parametrize("rate_type", ["mid", "executable"])
async def test_the_exchange_that_gives_most_answers_and_the_other_is_listed_with_its_rate(
    service: Service, exchanges: SimulatedExchanges, sold: str, bought: str, rate_type: str
) -> None:
    rates = {}
    for exchange, (bid, ask) in (await tops(exchanges)).items():
        price = (bid + ask) / 2 if rate_type == "mid" else bid if sold == "BTC" else ask
        rates[exchange] = rounded_half_even(price if sold == "BTC" else 1 / price)
    best, other = sorted(rates, key=lambda exchange: -rates[exchange])
    answer = (await service.convert(sold, bought, 3, exchange="best", rate_type=rate_type, **WARM)).json
    assert (answer["exchange"], Fraction(answer["rate"])) == (best, rates[best])
    (considered,) = answer["considered"]
    assert (considered["exchange"], Fraction(considered["rate"])) == (other, rates[other])


async def test_at_depth_the_best_is_what_brings_most_of_this_very_amount(service: Service) -> None:
    fields = {"rate_type": "depth", **WARM}
    alone = {
        exchange: (await service.convert("BTC", "USDT", 2, exchange=exchange, **fields)).json for exchange in SYMBOLS
    }
    answer = (await service.convert("BTC", "USDT", 2, exchange="BEST", **fields)).json
    (considered,) = answer.pop("considered")
    assert answer == max(alone.values(), key=lambda each: Fraction(each["received"]))
    assert considered["rate"] == alone[considered["exchange"]]["rate"]


async def test_a_route_of_the_best_never_mixes_exchanges(service: Service) -> None:
    answer = (await service.convert("TRX", "SHIB", exchange="best", include_route=True, **WARM)).json
    assert {leg["exchange"] for leg in answer["route"]} == {answer["exchange"]}


async def test_one_that_hangs_is_late_and_the_others_answer(
    exchanges: SimulatedExchanges, run_service: RunService
) -> None:
    async with run_service(compare_deadline_seconds=0.5) as service:
        await exchanges.commit("binance", kind="hang")
        answer = await service.convert(exchange="best")
        assert answer.json["exchange"] == "kucoin"
        (considered,) = answer.json["considered"]
        assert "timeout: no answer within 0.5 s" in considered["reason"]
        assert answer.seconds < 2
        median = await service.convert(rate_type="median")
        assert is_problem(median, 503)
        assert median.json["failures"] == {"binance": "timeout"}


async def test_what_only_one_exchange_lists_is_best_there_and_has_no_median(service: Service) -> None:
    answer = (await service.convert("KCS", "USDT", exchange="best", **WARM)).json
    assert answer["exchange"] == "kucoin"
    assert answer["considered"] == [{"exchange": "binance", "reason": "KCS is not listed"}]
    median = await service.convert("KCS", "USDT", rate_type="median", **WARM)
    assert is_problem(median, 404)
    assert (median.json["type"], median.json["reasons"]) == (
        "/problems/too-few-providers",
        {"binance": "KCS is not listed"},
    )
    for fields in ({"exchange": "best"}, {"rate_type": "median"}):
        nowhere = await service.convert("XYZ", "USDT", **fields, **WARM)
        assert is_problem(nowhere, 404)
        assert nowhere.json["reasons"].keys() == {"binance", "kucoin"}


async def test_a_ticker_that_means_another_coin_does_not_win_and_is_in_no_median(service: Service) -> None:
    # KuCoin's BIFI is another coin, at a thousandth of the price: buying it would seem to bring a thousand times more.
    answer = (await service.convert("USDT", "BIFI", exchange="best", **WARM)).json
    assert answer["exchange"] == "binance"
    reason = "its BIFI is BIFI.KUCOIN here, see /currencies"
    assert answer["considered"] == [{"exchange": "kucoin", "reason": reason}]
    median = await service.convert("BIFI", "USDT", rate_type="median", **WARM)
    assert is_problem(median, 404)
    assert median.json["reasons"] == {"kucoin": reason}


@pytest.mark.parametrize(("sold", "bought"), [("BTC", "USDT"), ("USDT", "BTC")])
async def test_of_two_the_median_is_the_mean_rounded_once(
    service: Service, exchanges: SimulatedExchanges, sold: str, bought: str
) -> None:
    mids = {exchange: (bid + ask) / 2 for exchange, (bid, ask) in (await tops(exchanges)).items()}
    if sold == "USDT":
        mids = {exchange: 1 / mid for exchange, mid in mids.items()}
    answer = (await service.convert(sold, bought, "2.5", rate_type="median", include_route=True, **WARM)).json
    assert Fraction(answer["rate"]) == rounded_half_even(sum(mids.values(), Fraction(0)) / 2)
    assert Fraction(answer["result"]) == Fraction("2.5") * Fraction(answer["rate"])
    assert answer["exchange"] == "binance+kucoin"
    assert {each["exchange"]: Fraction(each["rate"]) for each in answer["providers"]} == {
        exchange: rounded_half_even(mid) for exchange, mid in mids.items()
    }
    assert [leg["symbol"] for each in answer["providers"] for leg in each["route"]] == list(SYMBOLS.values())
    assert answer["left_out"] == {}


async def test_the_number_of_providers_is_a_setting(run_service: RunService) -> None:
    async with run_service(min_providers=1) as service:
        answer = (await service.convert("KCS", "USDT", rate_type="median", **WARM)).json
        assert (answer["exchange"], answer["left_out"]) == ("kucoin", {"binance": "KCS is not listed"})


async def test_warm_answers_call_no_exchange(service: Service, exchanges: SimulatedExchanges) -> None:
    questions = [{"exchange": "best"}, {"rate_type": "median"}, {"exchange": "best", "rate_type": "executable"}]
    for fields in questions:
        await service.convert(**fields, **WARM)
    before = await exchanges.all_calls()
    for fields in questions * 3:
        assert (await service.convert(**fields, **WARM)).status == 200
    assert await exchanges.all_calls() == before


@pytest.mark.parametrize("exchange", ["binance", "best"])
async def test_a_median_of_one_exchange_is_refused(service: Service, exchange: str) -> None:
    assert is_problem(await service.convert(rate_type="median", exchange=exchange), 422, "exchange")


async def test_a_batch_refuses_them_by_name(service: Service) -> None:
    line = {"currency_from": "BTC", "currency_to": "USDT", "amount": 1}
    lines = [line | {"rate_type": "median"}, line | {"exchange": "best"}, line]
    batch = {"json": {"conversions": lines, **WARM}}
    median, best, usual = (await service.ask("POST", "/api/v1/convert/batch", **batch)).json["conversions"]
    assert median["problem"]["errors"][0]["field"] == "rate_type"
    assert best["problem"]["errors"][0]["field"] == "exchange"
    assert "single conversions" in best["problem"]["detail"]
    assert usual["exchange"] == "binance"
