"""What proved good is known again until it does not, and only so many are."""

import pytest

from entrypoints.http.server import known_credentials
from entrypoints.http.server.known_credentials import KnownCredentials


def test_what_proved_good_is_known_until_it_does_not() -> None:
    known = KnownCredentials()
    assert not known.has("a")
    known.remember("a")
    assert known.has("a")
    assert not known.has("b")
    known.forget("a")
    known.forget("b")
    assert not known.has("a")


def test_beyond_so_many_the_one_that_was_proved_the_longest_ago_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(known_credentials, "MOST", 2)
    known = KnownCredentials()
    for credential in ("a", "b", "a", "c"):
        known.remember(credential)
    assert [known.has(each) for each in ("a", "b", "c")] == [True, False, True]


def test_bytes_that_are_no_text_are_a_credential_like_any_other() -> None:
    known = KnownCredentials()
    known.remember("a\udcff")
    assert known.has("a\udcff")
