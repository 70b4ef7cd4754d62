"""The shapes of request smuggling: bytes after which a plain request is no request, or not where it seems to be."""

from tests.integration.server.lane.generated import BODY, LINE

_HOST = b"\r\nHost: x\r\nContent-Type: application/json\r\n"
_HEAD = LINE + _HOST
_GET = b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n"
_WHOLE = _HEAD + b"Content-Length: %d\r\n\r\n" % len(BODY) + BODY

# A request that is whole, or none, and then a beginning that the plain request would be a part of.
_BEGINNINGS = [
    first + beginning
    for first in (b"", _GET, _WHOLE, b"\r\n\r\n" + _WHOLE, _GET + _WHOLE, _WHOLE + _GET)
    for beginning in (
        *(b"G", b"GET /health/live", b"GET /health/live HTTP/1.1\r\n", b"GET /health/live HTTP/1.1\r\nHost: x\r\nX:"),
        *(b"GET /health/live HTTP/1.1\r\nHost: x\r\nX: a\r\n", b"GET /health/live HTTP/1.1\r\nHost: x\r\nX: a\r\n\r"),
        *(_HEAD + b"Content-Length: 5\r\n\r\n", _HEAD + b"Content-Length: 800\r\n\r\n", b"\r", b"\r\n", b"\r\n\r\n"),
        _HEAD + b"Transfer-Encoding: chunked\r\n\r\n",
        _HEAD + b"Transfer-Encoding: chunked\r\n\r\n800\r\n",
        _HEAD + b"Transfer-Encoding: chunked\r\n\r\n50\r\n" + BODY + b"\r\n",
        _HEAD + b"Transfer-Encoding: chunked\r\n\r\n50\r\n" + BODY + b"\r\n0\r\n",
        _HEAD + b"Transfer-Encoding: chunked\r\n\r\n50\r\n" + BODY + b"\r\n0\r\nTrailer: x\r\n",
        _HEAD + b"Transfer-Encoding: chunked\r\n\r\n4\r\n\r\n\r\n\r\n",
    )
]

# Lengths that two servers in a row might read differently, in front of a body that holds a request.
_LENGTHS = [
    _HEAD + lengths + b"\r\n\r\n"
    for lengths in (
        b"Content-Length: 0",
        b"Content-Length: +0",
        b"Content-Length: -0",
        b"Content-Length: 00",
        b"Content-Length:0",
        b"Content-Length: 0\r\nContent-Length: 80",
        b"Content-Length: 80\r\nContent-Length: 0",
        b"Content-Length: 0,80",
        b"Content-Length: 0x0",
        b"Content-Length: 0 0",
        b"Content-Length: \xd9\xa0",
        b"Content-Length:\x0b0",
        b"Content-Length : 0",
        b"Content-Length\t: 0",
        b" Content-Length: 0",
        b"X: y\r\n Content-Length: 0",
        b"Content-Length: 0\r\nTransfer-Encoding: chunked",
        b"Transfer-Encoding: chunked\r\nContent-Length: 0",
        b"Transfer-Encoding: xchunked\r\nContent-Length: 0",
        b"Transfer-Encoding:\tchunked\r\nContent-Length: 0",
        b"Transfer-Encoding : chunked\r\nContent-Length: 0",
        b"Transfer-Encoding: chunked, identity",
        b"Transfer-Encoding: identity, chunked",
        b"Transfer-Encoding: chunked\r\nTransfer-Encoding: x",
        b"TE: chunked",
        b"Transfer-Encoding\x00: chunked\r\nContent-Length: 0",
        b"X: a\nContent-Length: 0",
        b"X: a\rContent-Length: 0",
        b"X: a\r\rContent-Length: 0",
        b"X: a\n\nContent-Length: 0",
        b"Content-Length: 0\nTransfer-Encoding: chunked",
        b"Content_Length: 0",
        b"Content-Length: 18446744073709551616",
        b"Content-Length: 0;80",
        b"Content-Length: ",
    )
]

# Ends of lines and of heads that are none.
_ENDS = [
    _WHOLE.replace(b"\r\n", b"\n"),
    _WHOLE.replace(b"\r\n", b"\r"),
    _WHOLE.replace(b"\r\n\r\n", b"\n\n"),
    _WHOLE.replace(b"\r\n\r\n", b"\r\n\n"),
    _WHOLE.replace(b"\r\n\r\n", b"\n\r\n"),
    _WHOLE.replace(b"\r\n\r\n", b"\r\n \r\n"),
    _WHOLE.replace(b"\r\n\r\n", b"\r\n\r\r\n"),
    _WHOLE.replace(b"\r\n", b"\r\n\r\n", 1),
    _WHOLE + b"\r\n",
    _WHOLE + b"\n",
    _WHOLE + b"x",
    _WHOLE[:-1],
]

SHAPES = [*_BEGINNINGS, *_LENGTHS, *_ENDS]
