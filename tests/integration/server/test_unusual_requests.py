"""Requests spelt in rare ways: the same meaning gets the same answer, or a 4xx that names what to write instead."""

import asyncio
import gzip
import zlib
from dataclasses import dataclass, replace
from typing import Any

import orjson
import pytest

from tests.servers.service_client import CONVERT, Service

BODY = b'{"currency_from": "USDT", "currency_to": "TRX", "amount": 100, "cache_max_seconds": 100000}'
QUERY = "currency_from=USDT&currency_to=TRX&amount=100&cache_max_seconds=100000"
JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Sent:
    """One request, byte by byte, and what comes of it: a 200 with the usual answer, or a status and its detail."""

    name: str
    method: str = "POST"
    target: str = CONVERT
    headers: tuple[tuple[str, str], ...] = (("Host", "x"), ("Content-Type", JSON))
    body: bytes = BODY
    has_length: bool = True
    expected: int = 200
    told: str = ""

    def written(self) -> bytes:
        lines = [f"{self.method} {self.target} HTTP/1.1", *(f"{name}: {value}" for name, value in self.headers)]
        lines += [f"Content-Length: {len(self.body)}"] if self.has_length else []
        return "\r\n".join([*lines, "Connection: close", "", ""]).encode() + self.body


def at(name: str, target: str, expected: int = 200, told: str = "") -> Sent:
    return Sent(f"path: {name}", target=target, expected=expected, told=told)


def got(name: str, query: str, expected: int = 200, told: str = "") -> Sent:
    return Sent(f"query: {name}", "GET", f"{CONVERT}?{query}", (("Host", "x"),), b"", expected=expected, told=told)


def typed(content_type: str, expected: int = 200, told: str = "", body: bytes = BODY) -> Sent:
    headers = (("Host", "x"), ("Content-Type", content_type))
    return Sent(f"type: {content_type}", headers=headers, expected=expected, told=told, body=body)


def coded(coding: str, body: bytes, expected: int = 200, told: str = "") -> Sent:
    headers = (("Host", "x"), ("Content-Type", JSON), ("Content-Encoding", coding))
    return Sent(f"coding: {coding or 'empty'}", headers=headers, body=body, expected=expected, told=told)


def chunked(name: str, size: int, extension: bytes = b"", trailer: bytes = b"") -> Sent:
    pieces = [BODY[start : start + size] for start in range(0, len(BODY), size)]
    body = b"".join(b"%X%b\r\n%b\r\n" % (len(piece), extension, piece) for piece in pieces)
    headers = (("Host", "x"), ("Content-Type", JSON), ("Transfer-Encoding", "chunked"))
    return Sent(f"chunked: {name}", headers=headers, body=body + b"0\r\n" + trailer + b"\r\n", has_length=False)


def hosted(host: str) -> Sent:
    return Sent(f"host: {host or 'empty'}", headers=(("Host", host), ("Content-Type", JSON)))


def posted(name: str, body: bytes, expected: int = 200, told: str = "") -> Sent:
    return Sent(f"body: {name}", body=body, expected=expected, told=told)


def amounting(amount: str, expected: int = 200, told: str = "") -> Sent:
    return posted(f"amount {amount}", BODY.replace(b" 100,", f" {amount},".encode()), expected, told)


def ticker(name: str, text: str, told: str) -> Sent:
    return posted(f"ticker {name}", BODY.replace(b"USDT", text.encode()), 422, told)


NOT_JSON, DECIMAL = "is not a JSON document", "must be a plain decimal number, such as 10.5"
UTF_8, USUAL = "must be application/json in UTF-8", f"write {CONVERT}"
LOOK_ALIKE, INVISIBLE = "write the ticker as the exchange does", "write USDT"

WRITINGS = [
    at("encoded letters", "/%61pi/v1/%63onvert"),
    at("without the version", "/api/convert"),
    at("query", f"{CONVERT}?"),
    at("absolute form", f"http://x:8080{CONVERT}"),
    at("absolute form in capitals", f"HTTP://X{CONVERT}"),
    at("slash at the end", f"{CONVERT}/", 404, USUAL),
    at("two slashes", "/api//v1/convert", 404, USUAL),
    at("two slashes first", f"/{CONVERT}", 404, USUAL),
    at("capitals", "/API/v1/Convert", 404, USUAL),
    at("encoded slash", "/api%2Fv1/convert", 404, "does not exist"),
    got("as usual", QUERY),
    got("encoded names and values", QUERY.replace("_from=USDT", "%5Ffrom=%55%53dt")),
    got("superfluous separators", f"&{QUERY}&&"),
    got("plus in an exponent", QUERY.replace("=100&", "=1e+2&")),
    got("encoded plus", QUERY.replace("=100&", "=1e%2B2&")),
    got("seconds as a float", QUERY.replace("100000", "100000.0")),
    got("seconds with an exponent", QUERY.replace("100000", "1e5")),
    got("exchange in capitals", f"{QUERY}&exchange=BINANCE"),
    got("False", f"{QUERY}&include_route=False", 422, "must be true or false"),
    got("plus before a number", QUERY.replace("=100&", "=+100&"), 422, DECIMAL),
    got("plus after a ticker", QUERY.replace("USDT", "USDT+"), 422, INVISIBLE),
    got("no text", QUERY.replace("USDT", ""), 422, "1 to 20 characters"),
    got("no exchange", f"{QUERY}&exchange=", 422, "binance, kucoin"),
    got("unescaped letters", QUERY.replace("USDT", "龙"), 400, "percent-encoded"),
    got("twice", f"{QUERY}&amount=100", 422, "more than once"),
    typed("APPLICATION/JSON"),
    typed('application/json; charset="UTF-8"'),
    typed("application/json ;\tCharset=utf8"),
    typed("application/json;charset=US-ASCII"),
    typed("application/json;"),
    typed("text/json", 415, UTF_8),
    typed("application/x-www-form-urlencoded", 415, UTF_8, QUERY.encode()),
    typed("application/json; charset=utf-16", 415, UTF_8, BODY.decode().encode("utf-16")),
    typed("", 415, UTF_8),
    coded("gzip", gzip.compress(BODY)),
    coded("GZip", gzip.compress(BODY)),
    coded("x-gzip", gzip.compress(BODY)),
    coded("gzip", gzip.compress(BODY[:20]) + gzip.compress(BODY[20:]), 400, "more follows after its end"),
    coded("deflate", zlib.compress(BODY)),
    coded("identity", BODY),
    coded("", BODY),
    coded("br", BODY, 415, "compressed with gzip"),
    chunked("one piece", 1000),
    chunked("bytes", 1),
    chunked("extensions", 7, b";a=b"),
    chunked("trailer", 7, trailer=b"X-Trailer: 1\r\n"),
    hosted("x:8080"),
    hosted("x."),
    hosted("[::1]:8080"),
    hosted(""),
    posted("byte order mark", b"\xef\xbb\xbf" + BODY),
    posted("white space around it", b"\r\n\t " + BODY + b"\r\n"),
    posted("escaped names and values", BODY.replace(b"_from", b"\\u005ffrom").replace(b"USDT", b"\\u0055sdt")),
    posted("seconds as a float", BODY.replace(b"100000", b"100000.0")),
    posted("seconds with an exponent", BODY.replace(b"100000", b"1E5")),
    posted("UTF-16", BODY.decode().encode("utf-16"), 400, "the body is not UTF-8"),
    posted("a name twice", BODY.replace(b"}", b', "amount": 100}'), 400, "the same key twice"),
    posted("a name twice, escaped", BODY.replace(b"}", b', "\\u0061mount": 100}'), 400, "the same key twice"),
    posted("single quotes", BODY.replace(b'"', b"'"), 400, NOT_JSON),
    posted("names in capitals", BODY.replace(b"amount", b"Amount"), 422, "amount is missing"),
    posted("seconds as text", BODY.replace(b"100000", b'"100000"'), 422, "must be a whole number of seconds"),
    posted("a half second", BODY.replace(b"100000", b"0.5"), 422, "must be a whole number of seconds"),
    amounting("1e2"),
    amounting("1E+2"),
    amounting("100.00"),
    amounting('"100"'),
    amounting("+100", 400, NOT_JSON),
    amounting("0100", 400, NOT_JSON),
    amounting('"+100"', 422, DECIMAL),
    amounting('".5"', 422, DECIMAL),
    amounting('"1,000"', 422, DECIMAL),
    amounting('"１００"', 422, DECIMAL),
    ticker("with a space", "USDT ", INVISIBLE),
    ticker("with an invisible character", "US\u200bDT", INVISIBLE),
    ticker("after a byte order mark", "\ufeffusdt", INVISIBLE),
    ticker("with a soft hyphen", "US\u00adDT", INVISIBLE),
    ticker("in wide letters", "ＵＳＤＴ", LOOK_ALIKE),
    ticker("with a Kelvin sign", "\u212aCS", LOOK_ALIKE),
    ticker("with a Turkish i", "b\u0131t", LOOK_ALIKE),
    ticker("in decomposed form", "E\u0301X", LOOK_ALIKE),
    ticker("with Cyrillic letters", "ТRХ", LOOK_ALIKE),
    Sent("method in lower case", "post", expected=400, told="such as POST"),
    Sent("empty header", headers=(("Host", "x"), ("Content-Type", JSON), ("X-Empty", ""))),
    Sent("names of headers in capitals", headers=(("HOST", "x"), ("CONTENT-TYPE", f"  {JSON}  "))),
    Sent("no host", headers=(("Content-Type", JSON),), expected=400, told="Host header is missing"),
    Sent("two hosts", headers=(("Host", "x"), ("Host", "x"), ("Content-Type", JSON)), expected=400, told="sent twice"),
    Sent(
        "two lengths",
        headers=(("Host", "x"), ("Content-Type", JSON), ("Transfer-Encoding", "chunked")),
        expected=400,
        told="either Content-Length or Transfer-Encoding",
    ),
]


async def answered(service: Service, sent: Sent) -> tuple[int, Any]:
    host, _, port = service.url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(sent.written())
    async with asyncio.timeout(5):
        head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    writer.close()
    return int(head.split(b" ", 2)[1]), orjson.loads(body)


@pytest.mark.parametrize("sent", WRITINGS, ids=lambda sent: sent.name)
async def test_the_same_meaning_gets_the_same_answer_or_is_told_what_to_write(
    warm_service: Service, sent: Sent
) -> None:
    status, answer = await answered(warm_service, sent)
    assert status == sent.expected, answer
    if status == 200:
        usual = await answered(warm_service, Sent("as usual"))
        assert (status, answer) == usual
    else:
        assert sent.told in answer["detail"]
        assert not answer["detail"].startswith("This is not")


@pytest.mark.parametrize(
    "sent", [sent for sent in WRITINGS if (sent.method, sent.target) == ("POST", CONVERT)], ids=lambda sent: sent.name
)
async def test_the_fast_path_and_the_router_agree(warm_service: Service, sent: Sent) -> None:
    paths = (CONVERT, "/api/convert", "/api/v1/%63onvert")
    answers = [await answered(warm_service, replace(sent, target=path)) for path in paths]
    for _, answer in answers:
        for own in ("instance", "request_id"):
            answer.pop(own, None)
    assert answers[1:] == answers[:1] * 2
