"""Invalid amounts, and valid ones that look strange."""

import time

import pytest

from entrypoints.http.rates.schemas import ConvertRequest
from entrypoints.http.server import strict_json
from entrypoints.http.server.problems import Problem
from entrypoints.http.server.validation import validated
from tests.integration.rejections import document, is_rejected_body, is_rejected_query, query
from tests.servers.service_client import Service
from tests.servers.simulated_exchanges import SimulatedExchanges

FORTY_DIGITS = "1234567890" * 4

REFUSED_STRINGS = [
    '"NaN"', '"-NaN"', '"sNaN"', '"nan"', '"Infinity"', '"-Infinity"', '"inf"', '"1e400"', '"1E+1000000"', '"1e-400"',
    '"1e19"', '"1e-19"', f'"{FORTY_DIGITS}1"', f'"0.{FORTY_DIGITS}"', '"-1"', '"-0.5"', '"１２"', '"٣"', '"٣.٥"',
    '"1_000"', '" 12\\n"', '" 12"', '"12 "', '"12\\u0000"', '"1,5"', '"1.000,5"', '"0x10"', '""', '" "', '"+1"', '"1."',
    '".5"', '"1e"', '"1e1.5"', '"--1"', '"1 2"', '"½"', '"²"', '"一"', '"1/2"', '"ten"', '"null"', '"1d"',
]  # fmt: skip
REFUSED_NUMBERS = [
    "1e400", "1E+1000000", "-1e400", "1e-1000000", "1e19", "1e-19", "-1", "-0.5", "-1e-18", f"{FORTY_DIGITS}1",
    f"0.{FORTY_DIGITS}", "9" * 1500, f"-{'9' * 1500}",
]  # fmt: skip
REFUSED_OTHERS = ["true", "false", "null", "[]", "{}", "[1]", '{"amount": 1}']
EXPLOSIVE = ["1e400", "1E+1000000", "1e-1000000", '"1e400"', '"1E+1000000"', "9" * 1500]


def name_of(fragment: str) -> str:
    return fragment if len(fragment) < 30 else f"{fragment[:6]}...of_{len(fragment)}"


@pytest.mark.parametrize("amount", REFUSED_STRINGS + REFUSED_NUMBERS + REFUSED_OTHERS, ids=name_of)
async def test_an_invalid_amount_in_a_body_is_rejected_by_name(
    warm_service: Service, exchanges: SimulatedExchanges, amount: str
) -> None:
    assert await is_rejected_body(warm_service, exchanges, document(amount=amount), 422, "amount")


@pytest.mark.parametrize("amount", REFUSED_STRINGS + REFUSED_NUMBERS + REFUSED_OTHERS, ids=name_of)
async def test_an_invalid_amount_in_a_query_is_rejected_by_name(
    warm_service: Service, exchanges: SimulatedExchanges, amount: str
) -> None:
    assert await is_rejected_query(warm_service, exchanges, query(amount=amount), 422, "amount")


@pytest.mark.parametrize("literal", ["NaN", "-NaN", "Infinity", "-Infinity", "+1", "01", ".5", "1.", "0x10", "1_000"])
@pytest.mark.parametrize("field", ["amount", "cache_max_seconds"])
async def test_an_unknown_literal_makes_the_body_malformed(
    warm_service: Service, exchanges: SimulatedExchanges, field: str, literal: str
) -> None:
    assert await is_rejected_body(warm_service, exchanges, document(**{field: literal}), 400)


@pytest.mark.parametrize("amount", EXPLOSIVE, ids=name_of)
def test_an_explosive_amount_is_rejected_within_ten_milliseconds(amount: str) -> None:
    took = []
    for _ in range(5):
        started = time.perf_counter()
        with pytest.raises(Problem) as refused:
            validated(ConvertRequest, strict_json.loads(document(amount=amount)))
        took.append(time.perf_counter() - started)
        assert refused.value.kind.status == 422
    assert min(took) < 0.01


@pytest.mark.parametrize(
    ("amount", "exact"),
    [
        ("10.5", "10.5"),
        ('"10.5"', "10.5"),
        ("0", "0"),
        ('"0"', "0"),
        ("-0", "0"),
        ("0.0", "0"),
        ("1e2", "100"),
        ("1E-18", "0.000000000000000001"),
        ('"1e18"', "1" + "0" * 18),
        ('"007"', "7"),
        (FORTY_DIGITS, FORTY_DIGITS),
        (f'"{FORTY_DIGITS}"', FORTY_DIGITS),
        (f"0.{FORTY_DIGITS[:37]}1", f"0.{FORTY_DIGITS[:37]}1"),
    ],
)
async def test_a_plain_amount_is_exact(warm_service: Service, amount: str, exact: str) -> None:
    # From a currency to itself the rate is 1, so the result is the amount.
    posted = await warm_service.post(document(amount=amount, currency_to='"BTC"'))
    got = await warm_service.get(*query(amount=amount, currency_to='"BTC"'))
    assert (posted.status, got.status) == (200, 200)
    assert posted.json["result"] == got.json["result"] == exact
