"""Which texts are idempotency keys."""

import pytest

from domain.idempotency.errors import InvalidIdempotencyKey
from domain.idempotency.keyed_request import IdempotencyKey


@pytest.mark.parametrize("text", ["1", "a key with spaces", "~" * 255, '"8e03978e-40d5-43dd-bc93-6894a57f9324"'])
def test_printable_ascii_is_a_key(text: str) -> None:
    assert IdempotencyKey.parse(text).text == text


@pytest.mark.parametrize("text", ["", "x" * 256, "ключ", "a\tb", "a\x7fb", "a\x00", "\udcff"])
def test_anything_else_is_none(text: str) -> None:
    with pytest.raises(InvalidIdempotencyKey, match="1 to 255 printable"):
        IdempotencyKey.parse(text)
