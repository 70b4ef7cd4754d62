"""`/btcpay/rates`: all rates of a coin in the form that BTCPay Server's providers of rates read.

See https://github.com/btcpayserver/btcpayserver/pull/7370: one request, `{"BTC": {"USD": ...}}`, nothing that is not
positive.
"""

from typing import Annotated

import orjson
from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, RootModel, WithJsonSchema

from application.ports.rate_limiter import Group
from domain.currency import Currency
from domain.decimals import plain
from domain.identity.api_key import Scope
from domain.iso_4217 import TRADED
from domain.rates.conversion import Conversion
from entrypoints.http.compatible.live_table import live_table
from entrypoints.http.compatible.symbols import currencies_in
from entrypoints.http.rates.fields import CurrencyField
from entrypoints.http.rates.problems import NO_ROUTE, UNAVAILABLE
from entrypoints.http.server.access.guard import AsConfigured
from entrypoints.http.server.access.problems import OVERLOADED
from entrypoints.http.server.caching import revalidated
from entrypoints.http.server.common_problems import FieldError, invalid_input
from entrypoints.http.server.endpoint import Endpoint
from entrypoints.http.server.example import example_of
from entrypoints.http.server.long_answers import made_in_turns
from entrypoints.http.server.request_query import request_in_query

_BTC = Currency("BTC")
_STATE_CURRENCIES = tuple(map(Currency, sorted(TRADED)))


class BtcPayQuery(BaseModel):
    """Which rates a BTCPay Server wants."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)

    base: CurrencyField = Field(_BTC, description="Ticker of the coin whose rates these are.", examples=["BTC"])
    symbols: Annotated[str | None, WithJsonSchema({"type": "string", "format": "tickers", "minLength": 1})] = Field(
        None,
        description="Tickers of the currencies, separated by commas; when absent, money that exchanges trade.",
        examples=["USD,EUR"],
    )


class BtcPayRates(RootModel[dict[str, dict[str, str]]]):
    """The rates of one coin by currency, as exact decimals."""


async def get_rates(request: web.Request) -> web.Response:
    """Answer with the rates that there are."""
    query = request_in_query(request, BtcPayQuery)
    symbols = _STATE_CURRENCIES if query.symbols is None else currencies_in(query.symbols, "symbols")
    others = [each for each in symbols if each != query.base]
    if not others:
        raise invalid_input([FieldError("symbols", "names nothing but the coin whose rates these are")])
    table = await live_table(request, query.base, others)
    rates = await made_in_turns(request.app, table.rates, _rate)
    return revalidated(request, orjson.dumps({str(query.base): dict(rates)}))


ENDPOINTS = (
    Endpoint(
        method="GET",
        path="/btcpay/rates",
        handler=get_rates,
        id="btcpayRates",
        tag="For other programs",
        summary="Rates of a coin, in the form of BTCPay Server's providers",
        description="Mid rates, at prices up to 60 seconds old. What has no rate is left out.",
        access=AsConfigured(Scope.CONVERT, Group.CONVERT),
        query=BtcPayQuery,
        answer=BtcPayRates,
        answer_examples={"two": example_of("Two currencies", BtcPayRates({"BTC": {"EUR": "89913.88"}}))},
        is_revalidated=True,
        problems=(NO_ROUTE, UNAVAILABLE, OVERLOADED),
    ),
)


def _rate(each: Conversion) -> tuple[str, str]:
    return str(each.route.currency_to), plain(each.rate)
