"""Which requests the lane answers. That it answers them as aiohttp does is for tests/integration/server/lane."""

import pytest

from entrypoints.http.server.aiohttp_hooks import Unanswered
from entrypoints.http.server.app_keys import Lifecycle
from entrypoints.http.server.fast_lane import FastLane

Account = tuple[str, str | None, int, str]

HEADERS = (b"Host: x", b"Content-Type: application/json", b"Content-Length: 2")


class Lane:
    """A lane that answers `{}` only, and what it has counted."""

    def __init__(self) -> None:
        self.accounts: list[Account] = []
        self.lifecycle = Lifecycle()
        self.lane = FastLane("/it", {b"{}": b'{"a":1}'}.get, self.lifecycle, self._account)

    def _account(self, method: str, route: str | None, status: int, seconds: float, request_id: str) -> None:
        assert seconds >= 0
        self.accounts.append((method, route, status, request_id))


@pytest.fixture
def lane() -> Lane:
    return Lane()


def request(*headers: bytes, line: bytes = b"POST /it HTTP/1.1", body: bytes = b"{}") -> bytes:
    return b"\r\n".join((line, *(headers or HEADERS), b"", body))


def test_a_plain_request_is_answered_counted_and_logged_under_its_own_id(lane: Lane) -> None:
    answer = lane.lane.answer(request(b"X-Request-ID: mine", *HEADERS))
    assert isinstance(answer, bytes)
    head, _, body = answer.partition(b"\r\n\r\n")
    assert body == b'{"a":1}'
    assert head.startswith(b"HTTP/1.1 200 OK\r\n")
    assert {b"X-Request-ID: mine", b"Content-Length: 7"} <= set(head.split(b"\r\n"))
    assert lane.accounts == [("POST", "/it", 200, "mine")]


def test_without_an_id_each_request_gets_one(lane: Lane) -> None:
    assert lane.lane.answer(request()) != lane.lane.answer(request())
    ids = {request_id for *_, request_id in lane.accounts}
    assert len(ids) == 2


@pytest.mark.parametrize(
    "headers",
    [
        (b"host: x:80", b"CONTENT-TYPE: application/json", b"content-length: 2"),
        (b"Host: [::1]:80", b"Content-Type: application/json;charset=UTF-8", b"Content-Length: 2"),
        (*HEADERS, b"Accept: text/html, */*;q=0.8", b"Connection: Keep-Alive", b"Via: 1.1 proxy"),
    ],
)
def test_spelling_does_not_matter(lane: Lane, headers: tuple[bytes, ...]) -> None:
    assert isinstance(lane.lane.answer(request(*headers)), bytes)


@pytest.mark.parametrize(
    "sent",
    [
        *(b"", b"POST", b"POST /it HTTP/1.1\r\n", b"POST /it HTTP/1.1\r\n\r\n", b"POST /it HTTP/1.1\r\n\r\n{}"),
        *(request()[:-1], request() + b"\r\n", request() * 2, b"\r\n" + request()),
        *(request(line=line) for line in (b"GET /it HTTP/1.1", b"POST /it HTTP/1.0", b"POST /it?a HTTP/1.1")),
        *(request(line=line) for line in (b"post /it HTTP/1.1", b"POST /its HTTP/1.1", b"POST /it HTTP/1.1 ")),
        *(request(*HEADERS[:at], *HEADERS[at + 1 :]) for at in range(3)),
        *(request(*HEADERS, each) for each in HEADERS),
        *(request(*HEADERS[:2], b"Content-Length:" + each) for each in (b"2", b" +2", b" 02", b" 2 ", b" 2,2", b" 0")),
        *(
            request(*HEADERS, each)
            for each in (b"Expect: 100-continue", b"Upgrade: h2c", b"Transfer-Encoding: chunked")
        ),
        *(
            request(*HEADERS, each)
            for each in (b"Connection: close", b"Connection: upgrade", b"Content-Encoding: gzip")
        ),
        *(request(*HEADERS, each) for each in (b"Authorization: Bearer x", b"Cookie: a=b", b"X-API-Key: x", b"X: y")),
        *(
            request(*HEADERS, each)
            for each in (b"Accept: \xff", b"Accept: a\tb", b"Accept: a\nb", b"Accept : a", b" a: b")
        ),
        *(
            request(*HEADERS, each)
            for each in (b"X-Request-ID: a b", b"Accept: ", b"no colon", b"Accept: " + b"a" * 2000)
        ),
        request(b"Host: a b", *HEADERS[1:]),
    ],
)
def test_anything_else_is_left_to_aiohttp_and_not_counted(lane: Lane, sent: bytes) -> None:
    assert lane.lane.answer(sent) is Unanswered.UNREAD
    assert not lane.accounts


def test_a_head_is_kept_for_its_body_unless_that_would_be_too_long(lane: Lane) -> None:
    head = request(body=b"")
    assert lane.lane.answer(head) is Unanswered.BODY_TO_COME
    for length in (b"1990", b"9999"):
        assert lane.lane.answer(head.replace(b": 2", b": " + length)) is Unanswered.UNREAD
    assert not lane.accounts


def test_a_body_without_an_answer_at_hand_is_read_in_vain_and_not_counted(lane: Lane) -> None:
    assert lane.lane.answer(request(body=b"[]")) is Unanswered.IN_VAIN
    assert not lane.accounts


def test_a_process_that_drains_leaves_all_to_aiohttp_which_closes_the_connection(lane: Lane) -> None:
    lane.lifecycle.drain()
    assert lane.lane.answer(request()) is Unanswered.UNREAD


def test_an_unforeseen_error_is_left_to_aiohttp(lane: Lane) -> None:
    def fail(_: bytes) -> bytes:
        raise ZeroDivisionError

    assert FastLane("/it", fail, lane.lifecycle, lane._account).answer(request()) is Unanswered.IN_VAIN
    assert not lane.accounts
