"""Unreadable bodies: their content, encoding, type and length."""

import json

import pytest

from entrypoints.http.rates.convert_requests import MAX_CONVERT_BODY_BYTES
from tests.integration.problems import is_problem
from tests.integration.rejections import document, is_rejected_body, is_rejected_query, query
from tests.servers.service_client import Service
from tests.servers.simulated_exchanges import SimulatedExchanges

JSON = {"Content-Type": "application/json"}
GOOD = document()
NOT_UTF_8 = {
    "bad byte": GOOD.replace(b"BTC", b"BT\xff"),
    "cut character": GOOD.replace(b"BTC", b"BT\xc3"),
    "overlong": GOOD.replace(b"BTC", b"BT\xc0\x80"),
    "surrogate": GOOD.replace(b"BTC", b"BT\xed\xa0\x80"),
    "five bytes": GOOD.replace(b"BTC", b"BT\xf8\x88\x80\x80\x80"),
    "UTF-16": GOOD.decode().encode("utf-16"),
    "UTF-16LE": GOOD.decode().encode("utf-16-le"),
    "UTF-16BE": GOOD.decode().encode("utf-16-be"),
    "UTF-32": GOOD.decode().encode("utf-32"),
    "two byte order marks": b"\xef\xbb\xbf" * 2 + GOOD,
    "only a mark": b"\xff\xfe",
}
NOT_JSON = [
    None,
    "",
    "text/plain",
    "text/json",
    "application/xml",
    "application/x-www-form-urlencoded",
    "application/jsonx",
    "application/problem+json",
    "application/json; charset=latin-1",
    "application/json; charset=utf-16",
    "application/json, text/plain",
    "multipart/form-data; boundary=x",
    "application",
    "*/*",
    ";",
]


@pytest.mark.parametrize(
    "body",
    [
        document(amount="1").replace(b"}", b', "amount": 1}'),
        document().replace(b"}", b', "currency_to": "ETH"}'),
        b'{"x": {"a": 1, "a": 1}}',
        b'[{"a": 1, "\\u0061": 2}]',
    ],
    ids=["same_value", "another_value", "nested", "spelt_with_an_escape"],
)
async def test_a_key_given_twice_makes_the_body_malformed(
    warm_service: Service, exchanges: SimulatedExchanges, body: bytes
) -> None:
    assert await is_rejected_body(warm_service, exchanges, body, 400)


async def test_a_deeply_nested_body_is_rejected(warm_service: Service, exchanges: SimulatedExchanges) -> None:
    depth = MAX_CONVERT_BODY_BYTES // 2
    assert await is_rejected_body(warm_service, exchanges, b"[" * depth + b"]" * depth, 422, "")
    assert await is_rejected_body(warm_service, exchanges, b"[" * depth, 422, "")
    assert await is_rejected_body(warm_service, exchanges, b'{"a":' * 600, 422, "")


async def test_a_hundred_thousand_nested_arrays_are_rejected(
    warm_service: Service, exchanges: SimulatedExchanges
) -> None:
    # They are over 4 KiB, and the size is looked at first.
    assert await is_rejected_body(warm_service, exchanges, b"[" * 100_000, 413)
    assert await is_rejected_body(warm_service, exchanges, b"[" * 100_000 + b"]" * 100_000, 413)


@pytest.mark.parametrize("surrogate", ["\\ud800", "\\udfff", "\\ud800x", "\\udc00\\ud800", "BTC\\ud83d"])
async def test_half_a_surrogate_pair_makes_the_body_malformed(
    warm_service: Service, exchanges: SimulatedExchanges, surrogate: str
) -> None:
    text = f'"{surrogate}"'
    assert await is_rejected_body(warm_service, exchanges, document(currency_from=text), 400)
    assert await is_rejected_body(warm_service, exchanges, document(exchange=text), 400)
    assert await is_rejected_body(warm_service, exchanges, document(**{surrogate: "1"}), 400)
    assert await is_rejected_body(warm_service, exchanges, document(amount=f'[{{"a": [{text}]}}]'), 400)


@pytest.mark.parametrize("half", ["%ED%A0%80", "%ED%BF%BF"])
async def test_half_a_surrogate_pair_in_a_query_is_rejected(warm_service: Service, half: str) -> None:
    answer = await warm_service.ask("GET", f"/api/v1/convert?currency_from={half}&currency_to=USDT&amount=1")
    assert is_problem(answer, 422, "currency_from")


async def test_a_whole_surrogate_pair_is_a_character_like_any_other(warm_service: Service) -> None:
    answer = await warm_service.post(document(currency_from='"\\ud83d\\ude00"'))
    assert is_problem(answer, 422, "currency_from")


@pytest.mark.parametrize("name", NOT_UTF_8)
async def test_a_body_in_another_encoding_than_utf_8_is_malformed(
    warm_service: Service, exchanges: SimulatedExchanges, name: str
) -> None:
    assert await is_rejected_body(warm_service, exchanges, NOT_UTF_8[name], 400)


@pytest.mark.parametrize("body", [b"", b" ", b"\n", b"\x00"])
async def test_an_empty_body_is_malformed(warm_service: Service, exchanges: SimulatedExchanges, body: bytes) -> None:
    assert await is_rejected_body(warm_service, exchanges, body, 400)


@pytest.mark.parametrize("body", [b"[]", b'"x"', b"1", b"1.5", b"null", b"true", b"[{}]", b"[" + GOOD + b"]"])
async def test_a_document_that_is_no_object_is_rejected(
    warm_service: Service, exchanges: SimulatedExchanges, body: bytes
) -> None:
    assert await is_rejected_body(warm_service, exchanges, body, 422, "")


@pytest.mark.parametrize("content_type", NOT_JSON)
async def test_only_json_in_utf_8_is_accepted(
    warm_service: Service, exchanges: SimulatedExchanges, content_type: str | None
) -> None:
    headers = {} if content_type is None else {"Content-Type": content_type}
    assert await is_rejected_body(warm_service, exchanges, GOOD, 415, headers=headers)


@pytest.mark.parametrize(
    "content_type", ["application/json; charset=utf-8", "application/json;charset=UTF-8", "Application/JSON"]
)
async def test_the_content_type_may_be_in_any_case(warm_service: Service, content_type: str) -> None:
    assert (await warm_service.post(GOOD, {"Content-Type": content_type})).status == 200


async def test_a_get_needs_no_body_and_reads_none(warm_service: Service, exchanges: SimulatedExchanges) -> None:
    assert (await warm_service.ask("GET", "/health/live", data=b"{", headers=JSON)).status == 200
    assert await is_rejected_query(warm_service, exchanges, query(amount="-1"), 422, "amount")


async def test_a_rejection_quotes_only_a_little_of_the_input(warm_service: Service) -> None:
    secret = "s3cret" * 200
    answer = await warm_service.post(json.dumps({secret: 1, "amount": secret, "exchange": secret}).encode())
    assert answer.status == 422
    assert len(answer.body) < 2000
