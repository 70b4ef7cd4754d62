"""What a client may send over a WebSocket."""

from entrypoints.http.server.frame_limit import BYTES_PER_SECOND, MOST_BYTES, FrameAllowance

PING = b"\x89\x80\x00\x00\x00\x00"


def test_a_message_that_is_refused_with_a_reason_is_read() -> None:
    allowance = FrameAllowance(7.0)
    message = bytes(1024 + 8)
    assert allowance.admitted(message, 7.0) == message
    assert not allowance.is_exceeded


def test_a_client_that_pings_each_second_is_never_refused() -> None:
    allowance = FrameAllowance(7.0)
    ping = bytes(125)
    for second in range(10_000):
        assert allowance.admitted(ping, 7.0 + second) == ping
    assert not allowance.is_exceeded


def test_of_many_pings_at_once_only_the_first_are_read() -> None:
    allowance = FrameAllowance(7.0)
    assert len(allowance.admitted(PING * 40_000, 7.0)) == MOST_BYTES
    assert allowance.is_exceeded


def test_nothing_is_read_after_the_first_byte_too_many_however_long_one_waits() -> None:
    allowance = FrameAllowance(7.0)
    allowance.admitted(bytes(MOST_BYTES + 1), 7.0)
    assert allowance.admitted(PING, 1e9) == b""
    assert allowance.is_exceeded


def test_what_a_client_saves_by_silence_is_bounded() -> None:
    allowance = FrameAllowance(7.0)
    allowance.admitted(bytes(MOST_BYTES), 7.0)
    assert len(allowance.admitted(bytes(int(BYTES_PER_SECOND)), 8.0)) == BYTES_PER_SECOND
    assert len(allowance.admitted(bytes(2 * MOST_BYTES), 1e9)) == MOST_BYTES
