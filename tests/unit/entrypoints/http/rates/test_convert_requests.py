"""The quick reading of a body gives what the strict one gives, or nothing."""

import re
from collections.abc import Callable
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from entrypoints.http.rates import convert_requests
from entrypoints.http.rates.schemas import ConvertNowRequest, ConvertRequest
from entrypoints.http.server.common_problems import INVALID_INPUT
from entrypoints.http.server.problems import Problem
from entrypoints.http.server.request_body import read_strictly

SPACES = st.sampled_from(["", " ", "\n\t", "\r\n  "])
KEYS = st.sampled_from(
    [
        *ConvertNowRequest.model_fields,
        "\\u0061mount",
        "amount ",
        "Amount",
        "currency\\u005ffrom",
        "exchange:",
        "nonsense",
    ]
)
STRINGS = st.one_of(
    st.sampled_from(
        ["BTC", "btc", "usdt", "币安人生", "ſol", "mid", "executable", "binance", "a:b", "1.5", "0.10", "1e2", "-1", ""]
    ),
    st.sampled_from(
        ["\\u0042TC", "\\ud800", "\\ud83d\\ude00", '\\"amount\\": 1.5', '\\"amount\\":1.5,', "\\\\", "\x00"]
    ),
)
NUMBERS = st.one_of(
    st.integers(-(10**45), 10**45).map(str),
    st.decimals(0, 10**20, places=25).map(str),
    st.from_regex(r"-?(0|[1-9][0-9]{0,20})(\.[0-9]{1,30})?([eE][+-]?[0-9]{1,3})?", fullmatch=True),
    st.sampled_from(["0.1", "01.5", "1.", ".5", "+1", "-0", "-0.0", "1000.0", "NaN", "Infinity", "-Infinity", "1_0"]),
)
VALUES = st.one_of(
    STRINGS.map(lambda text: f'"{text}"'),
    NUMBERS,
    st.sampled_from(["null", "true", "false", "{}", "[]", '{"a": 1}', "x"]),
)
MEMBERS = st.builds(
    lambda key, value, one, two, three: f'{one}"{key}"{two}:{three}{value}{one}', KEYS, VALUES, SPACES, SPACES, SPACES
)
PROPER = {
    "currency_from": st.sampled_from(['"BTC"', '"btc"', '"\\u0062tc"']),
    "currency_to": st.sampled_from(['"USDT"', '"币安人生"']),
    "amount": st.one_of(NUMBERS, NUMBERS.map(lambda text: f'"{text}"')),
}
PROPER_MEMBERS = st.fixed_dictionaries(PROPER).map(
    lambda fields: [f'"{name}": {value}' for name, value in fields.items()]
)
BODIES = st.builds(
    lambda proper, others, order: f"{{{','.join(order.sample([*proper, *others], len(proper) + len(others)))}}}".encode(
        "utf-8", "surrogatepass"
    ),
    PROPER_MEMBERS,
    st.lists(MEMBERS, max_size=2),
    st.randoms(use_true_random=False),
)


def strictly(body: bytes) -> ConvertNowRequest | None:
    try:
        return read_strictly(body, ConvertNowRequest)
    except Problem:
        return None


@given(BODIES)
@example(b'{"currency_from": "BTC", "currency_to": "USDT", "amount": 1, "amount": 2}')
@example(b'{"currency_from": "BTC", "currency_to": "USDT", "amount": 1, "\\u0061mount": 2}')
@example(b'{"currency_from": 1.5, "currency_to": "USDT", "amount": 1}')
@example(b'{"currency_from": "BTC", "currency_to": "USDT", "amount": 0.1000000000000000055511151231257827}')
@example(b'{"currency_from": "BTC", "currency_to": "USDT", "amount": 01.5}')
@example(b'{"currency_from": "BTC", "currency_to": "USDT", "amount": 1, "exchange": "\\"amount\\": 1.5"}')
@example(b'\xef\xbb\xbf{"currency_from": "BTC", "currency_to": "USDT", "amount": 1}')
def test_what_is_read_quickly_is_what_is_read_strictly(body: bytes) -> None:
    quickly = convert_requests.read_quickly(body)
    if quickly is not None:
        assert quickly == strictly(body)


def what_is_wrong(read: Callable[[bytes, type[ConvertRequest]], object], body: bytes) -> Problem | None:
    try:
        read(body, ConvertRequest)
    except Problem as problem:
        return problem
    return None


@given(BODIES)
@example(b'\xef\xbb\xbf{"currency_from": "a b", "currency_to": "USDT", "amount": 1}')
@example(b'{"currency_from": "a b", "currency_to": "USDT", "amount": 1, "cache_max_seconds": 1e3}')
@example(b'{"currency_from": "a b", "currency_to": "USDT", "amount": 1, "cache_max_seconds": 1.5, "at": 1}')
@example(b'{"currency_from": "a b", "currency_to": "USDT", "amount": 1, "amount": -1}')
@example(b'{"amont": 1, "currency": "BTC", "amount": true, "exchange": {"amount": 1.5}, "include_route": 1}')
@example(b'{"currency_from": "BTC", "exchange": ' + b"[" * 220 + b"]" * 220 + b"}")
@example(b"[1]")
@example(b'{"amount": -1' + b"".join(b',"x%d":1' % number for number in range(16)) + b"}")
def test_the_same_is_wrong_with_a_body_as_to_the_strict_reader(body: bytes) -> None:
    told, strict = (what_is_wrong(read, body) for read in (convert_requests.convert_request_of, read_strictly))
    assert (told is None) == (strict is None)
    if told is not None and strict is not None:
        assert (told.kind, told.detail, told.more) == (strict.kind, strict.detail, strict.more)


@pytest.mark.parametrize(
    "change", [b'"amount": -1', b'"amount": true', b'"amont": 1', b'"currency_from": "a b"', b'"cache_max_seconds": -1']
)
def test_the_usual_mistakes_are_told_without_a_second_validation(
    monkeypatch: pytest.MonkeyPatch, change: bytes
) -> None:
    monkeypatch.setattr(ConvertRequest, "model_validate", None)
    problem = what_is_wrong(convert_requests.convert_request_of, b'{"currency_to": "USDT", ' + change + b"}")
    assert problem is not None
    assert problem.kind is INVALID_INPUT


@given(st.binary())
def test_no_bytes_at_all_break_the_quick_reading(body: bytes) -> None:
    quickly = convert_requests.read_quickly(body)
    assert quickly is None or quickly == strictly(body)


@pytest.mark.parametrize(
    "body",
    [
        b'{"currency_from":"BTC","currency_to":"USDT","amount":1}',
        b'{"currency_from": "BTC", "currency_to": "USDT", "amount": "0.5", "cache_max_seconds": 10}',
        b'{"amount" : 10.50 , "currency_from": "btc", "currency_to": "usdt", "exchange": null, "include_route": true}',
        '{"currency_from": "币安人生", "currency_to": "USDT", "amount": 0.12345678901234567890123}'.encode(),
    ],
)
def test_what_people_send_is_read_quickly_and_exactly(body: bytes) -> None:
    quickly = convert_requests.read_quickly(body)
    assert quickly is not None
    assert quickly == strictly(body)
    written = re.search(rb'"amount" *: *"?([0-9.]+)', body)
    assert written is not None
    assert str(quickly.amount) == written[1].decode()


@pytest.mark.parametrize("written", ["1e2", "1.50E-3", "0e0", "10e+18"])
def test_an_amount_with_an_exponent_is_read_quickly_and_exactly(written: str) -> None:
    body = f'{{"currency_from":"BTC","currency_to":"USDT","amount":{written}}}'.encode()
    quickly = convert_requests.read_quickly(body)
    assert quickly is not None
    assert quickly == strictly(body)
    assert quickly.amount == Decimal(written)


@pytest.mark.parametrize("digits", [41, 4_300, 4_301, 60_000])
def test_very_long_numbers_are_left_to_the_strict_reader(digits: int) -> None:
    body = b'{"currency_from": "BTC", "currency_to": "USDT", "amount": ' + b"9" * digits + b"}"
    assert convert_requests.read_quickly(body) is None
