"""What processes share in Redis is believed only if one of them sealed it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.redis.seal import Opened, Seal

SECRET = b"a secret of 32 bytes, or of more"
NAME = "crossrate:v5:{binance:0123}:books"


@given(token=st.integers(0, 2**63), value=st.binary(max_size=200))
def test_a_process_with_the_same_secret_opens_what_another_has_sealed(token: int, value: bytes) -> None:
    assert Seal(SECRET).opened(NAME, Seal(SECRET).sealed(NAME, token, value)) == Opened(token, value)


@given(bit=st.integers(0, 8 * 48 - 1))
def test_no_bit_can_be_changed(bit: int) -> None:
    sealed = bytearray(Seal(SECRET).sealed(NAME, 7, b"12345678"))
    assert len(sealed) == 48
    sealed[bit // 8] ^= 1 << bit % 8
    assert Seal(SECRET).opened(NAME, bytes(sealed)) is None


@pytest.mark.parametrize(
    "name",
    [NAME.replace("binance", "kucoin"), NAME.replace("books", "listing"), NAME.replace("crossrate", "staging"), ""],
)
def test_a_value_is_not_opened_under_another_name(name: str) -> None:
    assert Seal(SECRET).opened(name, Seal(SECRET).sealed(NAME, 7, b"books")) is None


def test_nothing_moves_between_name_token_and_value() -> None:
    sealed = Seal(SECRET).sealed("ab", 7, b"cd")
    assert Seal(SECRET).opened("abc", sealed[:32] + sealed[33:]) is None
    assert Seal(SECRET).opened("a", sealed[:32] + b"b" + sealed[32:]) is None


@pytest.mark.parametrize("damaged", [b"", b"x", b"x" * 39, b"x" * 40, b"x" * 1000])
def test_anything_else_is_not_opened(damaged: bytes) -> None:
    assert Seal(SECRET).opened(NAME, damaged) is None


def test_another_secret_opens_nothing_and_has_another_fingerprint() -> None:
    other = Seal(SECRET + b"!")
    assert other.opened(NAME, Seal(SECRET).sealed(NAME, 7, b"books")) is None
    assert other.fingerprint != Seal(SECRET).fingerprint
    assert len(other.fingerprint) == 8
