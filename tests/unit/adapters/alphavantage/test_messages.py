"""Alpha Vantage's answers, from bytes to quotes and failures."""

import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from adapters.alphavantage.messages import MAX_AGE_SECONDS, quote_in
from domain.pair import Pair
from domain.quotes.errors import NotQuoted, SourceUnavailable
from domain.quotes.quote import Quote
from domain.rates.errors import FailureReason
from tests.unit.adapters.parsing import recorded

PAIR = Pair.parse("BTC/EUR")
REFRESHED = "2024-03-15 06:44:02"
MOMENT = datetime(2024, 3, 15, 6, 44, 2, tzinfo=UTC).timestamp()


def rate(base: str = "BTC", quote: str = "EUR", price: str = "68508.68000000", zone: str = "UTC") -> bytes:
    row = {
        "1. From_Currency Code": base,
        "3. To_Currency Code": quote,
        "5. Exchange Rate": price,
        "6. Last Refreshed": REFRESHED,
        "7. Time Zone": zone,
    }
    return json.dumps({"Realtime Currency Exchange Rate": row}).encode()


def test_a_rate_is_a_quote_of_its_own_moment() -> None:
    quote = quote_in(rate(), PAIR, MOMENT + 60)
    assert isinstance(quote, Quote)
    assert (quote.pair, quote.rate, quote.observed_at) == (PAIR, Decimal("68508.68"), MOMENT)


@pytest.mark.parametrize(
    "body", [rate(base="ETH"), rate(quote="USD"), rate(zone="US/Eastern"), rate(price="0"), rate(price="x"), b"[]", b""]
)
def test_a_body_without_a_sane_rate_of_the_pair_is_rejected(body: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 -- what it says goes nowhere: it could hold the key
        quote_in(body, PAIR, MOMENT)


def test_a_rate_that_has_not_moved_for_over_an_hour_is_a_failure() -> None:
    assert isinstance(quote_in(rate(), PAIR, MOMENT + MAX_AGE_SECONDS), Quote)
    failure = quote_in(rate(), PAIR, MOMENT + MAX_AGE_SECONDS + 1)
    assert isinstance(failure, SourceUnavailable)
    assert failure.reason is FailureReason.STALE


def test_the_recorded_rates_are_read() -> None:
    examples = json.loads(recorded("alphavantage/recorded_examples.json"))["currency_exchange_rate"]
    for each in examples:
        row = each["Realtime Currency Exchange Rate"]
        pair = Pair.parse(f"{row['1. From_Currency Code']}/{row['3. To_Currency Code']}")
        moment = datetime.fromisoformat(row["6. Last Refreshed"]).replace(tzinfo=UTC).timestamp()
        quote = quote_in(json.dumps(each).encode(), pair, moment)
        assert isinstance(quote, Quote)
        assert (quote.observed_at, quote.rate) == (moment, Decimal(row["5. Exchange Rate"]))


def test_recorded_rejections_are_failures_of_the_key_and_not_of_the_pair() -> None:
    for each in json.loads(recorded("alphavantage/recorded_examples.json"))["refusals_http_200"]:
        failure = quote_in(json.dumps(each).encode(), PAIR, MOMENT)
        assert isinstance(failure, SourceUnavailable)
        assert failure.reason is FailureReason.RATE_LIMITED


def test_an_error_about_the_request_says_that_there_is_no_such_rate() -> None:
    assert isinstance(quote_in(b'{"Error Message":"Invalid API call."}', PAIR, MOMENT), NotQuoted)
