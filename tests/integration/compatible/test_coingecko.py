"""`/api/v3` answers clients of CoinGecko, pycoingecko among them, in its form."""

import asyncio
from decimal import Decimal

import pytest
from pycoingecko import CoinGeckoAPI

from tests.integration.compatible.forms import has_form_of, recorded
from tests.servers.service import RunService
from tests.servers.service_client import Answer, Service
from tests.servers.simulated_exchanges import SimulatedExchanges

PRICE = "/api/v3/simple/price"


async def asked(service: Service, query: str) -> Answer:
    return await service.ask("GET", f"{PRICE}?{query}")


async def mid(service: Service, *ends: str) -> Decimal:
    return Decimal((await service.convert(*ends, cache_max_seconds=60)).json["rate"])


async def test_pycoingecko_gets_prices_and_what_they_can_be_in(service: Service) -> None:
    client = CoinGeckoAPI()
    client.api_base_url = f"{service.url}/api/v3/"
    prices = await asyncio.to_thread(
        client.get_price,
        ids=["bitcoin", "ethereum", "no-such-coin"],
        vs_currencies="usdt,trx,nope",
        include_last_updated_at=True,
    )
    assert list(prices) == ["bitcoin", "ethereum"]
    for name, code in (("bitcoin", "BTC"), ("ethereum", "ETH")):
        assert list(prices[name]) == ["usdt", "trx", "last_updated_at"]
        for vs in ("usdt", "trx"):
            assert prices[name][vs] == float(await mid(service, code, vs))
    assert {"btc", "eth", "sats"} <= set(await asyncio.to_thread(client.get_supported_vs_currencies))
    with pytest.raises(ValueError, match="Missing parameter vs_currencies"):
        await asyncio.to_thread(client.get_price, ids="bitcoin", vs_currencies="")


async def test_answers_have_the_form_of_the_original(service: Service, run_service: RunService) -> None:
    flags = "&".join(f"include_{each}=true" for each in ("market_cap", "24hr_vol", "24hr_change", "last_updated_at"))
    prices = (await asked(service, f"ids=bitcoin&vs_currencies=usdt&{flags}")).json
    original = recorded("coingecko-price")["bitcoin"]
    assert list(prices["bitcoin"]) == [name.replace("usd", "usdt") for name in original]
    unknown = {name: None for name in prices["bitcoin"] if name not in {"usdt", "last_updated_at"}}
    assert len(unknown) == 3
    assert prices["bitcoin"] | unknown == prices["bitcoin"]  # null, not a guess
    names = (await service.ask("GET", "/api/v3/simple/supported_vs_currencies")).json
    assert has_form_of(names, recorded("coingecko-vs-currencies"))
    for query in ("ids=bitcoin", "ids=bitcoin&vs_currencies="):
        missing = await asked(service, query)
        assert (missing.status, missing.json) == (422, recorded("coingecko-missing-parameter"))
    assert (await asked(service, "vs_currencies=usd")).json == {"error": "Missing parameter ids"}
    async with run_service(rate_limit_convert="1/day") as limited:
        await asked(limited, "ids=bitcoin&vs_currencies=usdt")
        refused = await asked(limited, "ids=bitcoin&vs_currencies=usdt")
    assert refused.status == 429
    assert has_form_of(refused.json, recorded("coingecko-refused"))


async def test_symbols_parts_of_a_bitcoin_and_decimals(service: Service) -> None:
    answer = (await asked(service, "symbols=ETH,nope&vs_currencies=btc,sats,BITS")).json
    rate = await mid(service, "ETH", "BTC")
    assert answer["eth"] == {"btc": float(rate), "sats": float(rate * 10**8), "bits": float(rate * 10**6)}
    assert answer["nope"] == {}
    rounded = (await asked(service, "ids=bitcoin,shiba-inu&vs_currencies=usdt&precision=2")).json
    assert rounded["bitcoin"]["usdt"] == round(float(await mid(service, "BTC", "USDT")), 2)
    assert 0 < rounded["shiba-inu"]["usdt"] < 0.005  # some clients take 0 for a price
    assert (await asked(service, "ids=bitcoin&vs_currencies=usdt&precision=19")).status == 422


async def test_what_is_not_known_is_left_out_and_costs_no_call(service: Service, exchanges: SimulatedExchanges) -> None:
    await asked(service, "ids=bitcoin&vs_currencies=nope")  # all exchanges have said what they list
    calls = await exchanges.all_calls()
    assert (await asked(service, "ids=&vs_currencies=usdt")).json == {}
    assert (await asked(service, "ids=nope,%F0%9F%90%B8&vs_currencies=usdt")).json == {}
    assert (await asked(service, "ids=bitcoin&vs_currencies=nope")).json == {"bitcoin": {}}
    many = ",".join(f"c{number}" for number in range(1001))
    assert (await asked(service, f"ids={many}&vs_currencies=usdt")).status == 422
    assert await exchanges.all_calls() == calls


async def test_while_no_exchange_answers_there_are_no_prices_rather_than_none(
    service: Service, exchanges: SimulatedExchanges
) -> None:
    for exchange in ("binance", "kucoin"):
        await exchanges.commit(exchange, "reset")
    answer = await asked(service, "ids=bitcoin&vs_currencies=usdt")
    assert answer.status == 503
    assert answer.json["status"]["error_code"] == 503
    assert "Retry-After" in answer.headers


async def test_settings_add_ids_of_coins(run_service: RunService) -> None:
    async with run_service(coingecko_ids=("my-coin:TRX", "bitcoin:ETH")) as service:
        answer = (await asked(service, "ids=my-coin,bitcoin&vs_currencies=usdt")).json
        assert answer["my-coin"]["usdt"] == float(await mid(service, "TRX", "USDT"))
        assert answer["bitcoin"]["usdt"] == float(await mid(service, "ETH", "USDT"))
