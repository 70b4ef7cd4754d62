"""API keys: their names and their expiry."""

from dataclasses import replace

import pytest

from domain.identity.api_key import KeyName
from domain.identity.errors import InvalidKeyName
from tests.unit.fakes.accounts import api_key, user
from tests.unit.fakes.clock import NOON


@pytest.mark.parametrize("text", ["", " x", "x ", "a\nb", "\x00", "x" * 65])
def test_a_name_that_cannot_be_shown_on_one_line_is_rejected(text: str) -> None:
    with pytest.raises(InvalidKeyName):
        KeyName(text)


def test_a_key_has_expired_from_its_last_moment_on() -> None:
    key = api_key(user("Ada"), expires_at=NOON)
    assert [key.is_expired(at) for at in (NOON - 0.001, NOON, NOON + 1)] == [False, True, True]
    assert not replace(key, expires_at=None).is_expired(NOON + 10**9)


def test_the_digest_is_not_in_a_repr() -> None:
    assert "secret_digest" not in repr(api_key(user("Ada")))
