"""Connections made by chance: plain requests, requests that are almost plain, and entirely others, in pieces."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto
from random import Random

PATH = b"/api/v1/convert"
LINE = b"POST " + PATH + b" HTTP/1.1"
BODY = b'{"currency_from":"BTC","currency_to":"USDT","amount":2,"cache_max_seconds":1000}'


class Do(Enum):
    """What a client does next."""

    SEND = auto()
    WAIT = auto()  # until the server rests
    TURN = auto()  # of the event loop
    REST = auto()  # until something is answered, which may take a thread
    STOP_READING = auto()
    READ = auto()
    END = auto()
    LOSE = auto()
    CHECK = auto()  # what the server does every few seconds


@dataclass(frozen=True)
class Step:
    do: Do
    data: bytes = b""


def request(body: bytes = BODY, *more: bytes, line: bytes = LINE, length: bytes | None = None) -> bytes:
    """Write a plain request, or one that differs from it."""
    length = str(len(body)).encode() if length is None else length
    heads = (b"Host: x", b"Content-Type: application/json", *more, b"Content-Length: " + length)
    return b"\r\n".join((line, *heads, b"", body))


PROBE = request(BODY.replace(b":2", b":7"))

_PLAIN_HEADERS = (
    *(b"User-Agent: curl/8.5.0", b"Accept: */*", b"accept-encoding: gzip, br", b"Connection: keep-alive"),
    *(
        b"X-Request-ID: mine-1",
        b"X-Forwarded-For: 192.0.2.1, 10.0.0.1",
        b"traceparent: 00-0af7651916cd43dd-b7ad6b71-01",
    ),
)
_ODD_HEADERS = (
    *(b"Connection: close", b"Connection: Keep-Alive, x", b"Connection: upgrade", b"Connection: ", b"Expect: tea"),
    *(b"Expect: 100-continue", b"Transfer-Encoding: identity", b"Transfer-Encoding: chunked", b"Upgrade: h2c"),
    *(b"Content-Length: 3", b"content-length: 80", b"Content-Length : 80", b"Host: y", b"Host:", b" Host: folded"),
    *(b"X-Request-ID: a b", b"X-Request-ID: ", b"X-Request-ID:\tmine", b"User-Agent: \xc3\xbc", b"User-Agent: a\x00b"),
    *(b"User-Agent: a\rb", b"User-Agent: a\nb", b"User-Agent:\t x \t", b"no colon", b": empty", b"A b: c", b"X-Y: z"),
    *(b"Authorization: Bearer x", b"Cookie: a=b", b"Content-Encoding: gzip", b"Content-Type: text/plain"),
    *(b"Accept: " + b"a" * 2000, b"X: " + b"a" * 9000, b"Idempotency-Key: one", b"Sec-WebSocket-Key1: x"),
    *(b"Origin: https://app.example", b"X-HTTP-Method-Override: GET", b"", b"\r\nX: y"),
)
_LINES = (
    *(b"post " + PATH + b" HTTP/1.1", b"POST " + PATH + b" HTTP/1.0", b"POST " + PATH + b"?a=1 HTTP/1.1"),
    *(b"POST  " + PATH + b" HTTP/1.1", b"POST " + PATH + b" HTTP/1.1 ", b"POST " + PATH + b"/ HTTP/1.1"),
    *(b"POST http://x" + PATH + b" HTTP/1.1", b"POST /api/convert HTTP/1.1", b"POST /api/v1/c%6fnvert HTTP/1.1"),
    *(b"PUT " + PATH + b" HTTP/1.1", b"POST /api/v1/convert/batch HTTP/1.1", b"POST " + PATH + b" HTTP/1.2"),
    *(b"\r\n" + LINE, b"\n" + LINE, b" " + LINE, LINE + b"\n", b"POST " + PATH + b"#f HTTP/1.1", b"POST " + PATH),
)
_ASKED = b"currency_from=BTC&currency_to=USDT&amount=1&cache_max_seconds=99"
_CHUNKED = LINE + b"\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
_OTHERS = (
    b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n",
    b"HEAD /health/live HTTP/1.1\r\nHost: x\r\n\r\n",
    b"OPTIONS " + PATH + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET " + PATH + b"?" + _ASKED + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /health/live HTTP/1.1\r\nHost: x\r\nX: \r\n\r\n",
    b"GET /health/live HTTP/1.1\r\n\r\n",
    b"\r\n",
    b"nonsense\r\n\r\n",
    _CHUNKED + b"50\r\n" + BODY + b"\r\n0\r\n\r\n",
    _CHUNKED + b"54\r\n" + BODY + b"\r\n\r\n\r\n0\r\n\r\n",
)
_BODIES = (
    *(BODY, BODY, BODY, b'{"currency_from":"USDT","currency_to":"TRX","amount":"0.10","cache_max_seconds":600}'),
    b'{"currency_from":"trx","currency_to":"ADA","amount":1.50,"cache_max_seconds":600,"include_route":true}',
    b'{"currency_from":"ETH","currency_to":"BTC","amount":3,"cache_max_seconds":9,"rate_type":"executable"}',
    b'{"currency_from":"BTC","currency_to":"BTC","amount":0,"cache_max_seconds":1e3}',
    BODY.replace(b"}", b',"exchange":"kucoin"}'),
    BODY.replace(b"}", b',"exchange":"Binance","include_route":true}'),
    BODY.replace(b"}", b',"exchange":"nowhere"}'),
    BODY.replace(b"}", b',"exchange":null}'),
    BODY.replace(b"}", b',"amount":3}'),
    BODY.replace(b"}", b',"at":"x"}'),
    BODY.replace(b"}", b',"extra":5}'),
    BODY.replace(b"BTC", b"NOPE"),
    BODY.replace(b"BTC", b"B\\u0054C"),
    BODY.replace(b"BTC", b"\xd0\x92TC"),
    BODY.replace(b":2,", b":-2,"),
    BODY.replace(b":2,", b":1e400,"),
    BODY.replace(b":2,", b":2e3,"),
    BODY.replace(b":2,", b":02,"),
    BODY.replace(b"1000", b"-1"),
    BODY.replace(b"1000", b"true"),
    BODY + b" ",
    BODY + b"}",
    b" " * 600 + BODY,
    *(BODY[:-1], b"{}", b"[]", b"null", b"\xef\xbb\xbf" + BODY, b"\xff"),
)


class Connections:
    """Makes connections; the same seed makes the same."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)  # noqa: S311 -- no secret

    def whole(self) -> list[Step]:
        """Make a connection that ends when all answers are there."""
        sent = b"".join(self._request() for _ in range(self._random.choice((1, 1, 2, 3, 4))))
        if self._random.random() < 0.02:  # more than aiohttp keeps in its queue, and none after which that would matter
            sent = PROBE * self._random.randint(30, 70)
        return [step for piece in self._pieces(sent) for step in self._sending(piece)]

    def broken_off(self) -> list[Step]:
        """Make a connection that the client ends or loses at any moment."""
        steps = self.whole()
        end = Step(self._random.choice((Do.END, Do.LOSE)))
        return [*steps[: self._random.randint(0, len(steps))], *[Step(Do.TURN)] * self._random.randint(0, 3), end]

    def _request(self) -> bytes:
        chance = self._random
        if chance.random() < 0.2:
            return chance.choice(_OTHERS)
        body = chance.choice(_BODIES) if chance.random() < 0.5 else BODY
        headers = chance.sample(_PLAIN_HEADERS, chance.randint(0, 4))
        line, length = LINE, None
        if chance.random() < 0.3:
            headers.insert(chance.randint(0, len(headers)), chance.choice(_ODD_HEADERS))
        if chance.random() < 0.1:
            line = chance.choice(_LINES)
        if chance.random() < 0.1:
            size = len(body)
            wrong = (
                size + 1,
                size - 1,
                0,
                f"0{size}",
                f"+{size}",
                f" {size}",
                f"{size} ",
                f"{size},{size}",
                "",
                "x",
                -1,
            )
            length = str(chance.choice(wrong)).encode()
        made = request(body, *headers, line=line, length=length)
        return self._mangled(made) if chance.random() < 0.1 else made

    def _mangled(self, made: bytes) -> bytes:
        at = self._random.randrange(len(made))
        inserted = bytes(self._random.choices(b"\r\n\t :,\x00\x7f\xffaX0", k=self._random.randint(0, 2)))
        return made[:at] + inserted + made[at + self._random.randint(0, 2) :]

    def _pieces(self, sent: bytes) -> Sequence[bytes]:
        """Cut anywhere, where requests begin, where their bodies begin, or nowhere."""
        chance = self._random
        style = chance.random()
        if style < 0.25:
            return [piece for piece in re.split(rb"(?<=\r\n\r\n)|(?=POST )", sent) if piece]
        if style < 0.5:
            first, *others = sent.split(b"POST ")
            return [piece for piece in (first, *(b"POST " + each for each in others)) if piece]
        cuts = sorted(chance.randrange(len(sent) + 1) for _ in range(chance.choice((0, 1, 1, 2, 5))))
        return [sent[one:other] for one, other in zip((0, *cuts), (*cuts, len(sent)), strict=True) if one < other]

    def _sending(self, piece: bytes) -> list[Step]:
        chance = self._random
        pause = chance.choice((Step(Do.WAIT), Step(Do.WAIT), Step(Do.TURN), None))
        steps = [Step(Do.SEND, piece), *([] if pause is None else [pause])]
        if chance.random() < 0.15:
            steps.insert(0, Step(chance.choice((Do.STOP_READING, Do.READ, Do.CHECK))))
        return steps
