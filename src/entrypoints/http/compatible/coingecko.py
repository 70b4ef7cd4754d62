"""`/api/v3`: what clients of CoinGecko ask for most, answered in its form."""

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_EVEN, Decimal
from functools import partial
from typing import NamedTuple

import orjson
from aiohttp import web

from application.ports.rate_limiter import Group
from domain.currency import Currency
from domain.decimals import EXACT
from domain.identity.api_key import Scope
from domain.rates.conversion import Conversion
from domain.rates.rounding import round_rate
from entrypoints.http.compatible.coingecko_ids import IDS
from entrypoints.http.compatible.coingecko_schemas import ERRORS, MOST_PRICES, CoinPrices, PriceQuery, VsCurrencies
from entrypoints.http.compatible.live_table import live_conversions
from entrypoints.http.compatible.symbols import currency_named, names_in
from entrypoints.http.rates.problems import UNAVAILABLE
from entrypoints.http.server.access.guard import AsConfigured
from entrypoints.http.server.access.problems import OVERLOADED
from entrypoints.http.server.app_keys import CONTAINER
from entrypoints.http.server.caching import revalidated
from entrypoints.http.server.common_problems import INVALID_INPUT
from entrypoints.http.server.endpoint import Endpoint
from entrypoints.http.server.example import example_of
from entrypoints.http.server.problems import Problem
from entrypoints.http.server.request_query import request_in_query

MOST_DECIMALS = 18
_ONE = Decimal(1)
_HEADERS = {"Content-Type": "application/json; charset=utf-8"}
_BTC = Currency("BTC")
# Not the coin that is called SATS.
_PARTS_OF_BITCOIN = {"sats": Decimal(10**8), "bits": Decimal(10**6)}
_COINS = ("btc", "eth", "ltc", "bch", "bnb", "eos", "xrp", "xlm", "link", "dot", "yfi", "sol")
_NOT_KNOWN = {
    "include_market_cap": "{}_market_cap",
    "include_24hr_vol": "{}_24h_vol",
    "include_24hr_change": "{}_24h_change",
}


class _Vs(NamedTuple):
    name: str
    currency: Currency
    parts: Decimal


_endpoint = partial(
    Endpoint,
    method="GET",
    tag="For other programs",
    access=AsConfigured(Scope.CONVERT, Group.CONVERT),
    error_shape=ERRORS,
    is_revalidated=True,
)


async def get_prices(request: web.Request) -> web.Response:
    """Answer with the prices of coins that are known, in currencies that are known."""
    query = request_in_query(request, PriceQuery)
    if not query.vs_currencies:
        raise _invalid("Missing parameter vs_currencies")
    coins, vs = _coins(request, query), _vs(query.vs_currencies)
    if len(coins) * len(vs) > MOST_PRICES:
        raise _invalid(f"at most {MOST_PRICES} prices: name fewer coins or currencies")
    decimals = _decimals(query.precision)
    pairs = [(coin, each.currency) for coin in coins.values() for each in vs]
    conversions = iter(await live_conversions(request, pairs))
    answer = {}
    for name in coins:
        priced = {each: found for each in vs if isinstance(found := next(conversions), Conversion)}
        answer[name] = _prices(priced, query, decimals)
    return revalidated(request, orjson.dumps(answer), _HEADERS)


PRICES = _endpoint(
    path="/api/v3/simple/price",
    handler=get_prices,
    id="coingeckoPrices",
    summary="Prices of coins, in the form of CoinGecko",
    description="Mid rates, at prices up to 60 seconds old. What has no price is left out; no price is 0.",
    query=PriceQuery,
    answer=CoinPrices,
    answer_examples={"one": example_of("Bitcoin", CoinPrices({"bitcoin": {"usd": 97124.9731568}}))},
    problems=(UNAVAILABLE, OVERLOADED),
)


async def get_vs_currencies(request: web.Request) -> web.Response:
    """Answer with the bank's currencies, and the usual coins."""
    published = await request.app[CONTAINER].reference().history().newest()
    state = () if published is None else published.currencies
    names = [*_COINS, *(str(code).lower() for code in state), *_PARTS_OF_BITCOIN]
    return revalidated(request, orjson.dumps(names), _HEADERS)


VS_CURRENCIES = _endpoint(
    path="/api/v3/simple/supported_vs_currencies",
    handler=get_vs_currencies,
    id="coingeckoVsCurrencies",
    summary="What prices can be in, in the form of CoinGecko",
    description="The bank's currencies and the usual coins. Every other ticker that exchanges list is accepted, too.",
    answer=VsCurrencies,
    problems=(UNAVAILABLE,),
)

ENDPOINTS = (PRICES, VS_CURRENCIES)


def _coins(request: web.Request, query: PriceQuery) -> dict[str, Currency]:
    """Return the coins by the names that the answer gives them."""
    if query.ids is not None:
        known = {**IDS, **request.app[CONTAINER].settings().tickers_by_id}
        names = (name.lower() for name in names_in(query.ids, "ids"))
        return {name: known[name] for name in names if name in known}
    if query.symbols is not None:
        found = {name.lower(): currency_named(name) for name in names_in(query.symbols, "symbols")}
        return {name: currency for name, currency in found.items() if currency is not None}
    raise _invalid("Missing parameter ids")


def _vs(text: str) -> Sequence[_Vs]:
    found = []
    for name in dict.fromkeys(each.lower() for each in names_in(text, "vs_currencies")):
        parts = _PARTS_OF_BITCOIN.get(name)
        currency = _BTC if parts is not None else currency_named(name)
        if currency is not None:
            found.append(_Vs(name, currency, parts or _ONE))
    return found


def _decimals(text: str | None) -> int | None:
    if text is None or text == "full":
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 2 or int(text) > MOST_DECIMALS:
        raise _invalid(f"precision must be full, or from 0 to {MOST_DECIMALS}")
    return int(text)


def _prices(priced: Mapping[_Vs, Conversion], query: PriceQuery, decimals: int | None) -> dict[str, float | int | None]:
    answer: dict[str, float | int | None] = {}
    for vs, conversion in priced.items():
        answer[vs.name] = price(EXACT.multiply(conversion.rate, vs.parts), decimals)
        for flag, name in _NOT_KNOWN.items():
            if getattr(query, flag) == "true":
                answer[name.format(vs.name)] = None
    if query.include_last_updated_at == "true" and priced:
        answer["last_updated_at"] = min(each.updated_at for each in priced.values())
    return answer


def price(rate: Decimal, decimals: int | None) -> float:
    """Return the price, rounded, but never to 0: some clients take that for a price."""
    if decimals is None or rate.adjusted() > MOST_DECIMALS:
        return float(round_rate(rate, _ONE))
    return float(rate.quantize(_ONE.scaleb(-decimals), ROUND_HALF_EVEN, EXACT) or rate)


def _invalid(message: str) -> Problem:
    return Problem(INVALID_INPUT, message, {"errors": []})
