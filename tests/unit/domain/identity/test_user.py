"""Names, passwords, keys, and what they show of themselves."""

from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from domain.errors import RefusedInput
from domain.identity.api_key import KeyName
from domain.identity.errors import InvalidCredentials, InvalidKeyName, InvalidPassword, InvalidUsername
from domain.identity.key_secret import KeySecret
from domain.identity.user import Password, Username
from tests.unit.fakes.accounts import api_key, user
from tests.unit.fakes.clock import NOON

SECRET = KeySecret.generate(UUID(int=7))


@pytest.mark.parametrize("name", ["ada", "Ada.Lovelace", "1st", "a@example.org", "a+b_c-d", "x" * 64])
def test_a_name_is_kept_as_it_was_written_and_compared_in_one_case(name: str) -> None:
    assert (Username(name), Username(name).key) == (name, name.lower())


@pytest.mark.parametrize("name", ["", "ab", "x" * 65, "_ada", ".ada", "a da", "ada\n", "аda", "ａda", "ada/../x"])
def test_what_could_be_taken_for_another_name_is_none(name: str) -> None:
    with pytest.raises(InvalidUsername):
        Username(name)


@pytest.mark.parametrize("text", ["x" * 8, "x" * 128, " " * 8, "🔑" * 8])
def test_a_password_may_hold_anything(text: str) -> None:
    assert Password(text).text == text


@pytest.mark.parametrize("text", ["", "x" * 7, "x" * 129])
def test_a_password_is_neither_short_nor_endless(text: str) -> None:
    with pytest.raises(InvalidPassword):
        Password(text)


@pytest.mark.parametrize("text", ["", " x", "x ", "a\nb", "\x00", "x" * 65])
def test_a_keys_name_can_be_shown_in_a_line(text: str) -> None:
    with pytest.raises(InvalidKeyName):
        KeyName(text)


def test_what_is_wrong_is_refused_input() -> None:
    assert issubclass(InvalidUsername, RefusedInput)
    assert issubclass(InvalidPassword, RefusedInput)


def test_nothing_secret_shows_itself() -> None:
    assert "battery" not in repr(Password("correct horse battery"))
    assert "password" not in repr(user("Ada"))
    assert SECRET.text not in repr(SECRET)
    assert "secret_digest" not in repr(api_key(user("Ada")))


def test_a_key_is_over_from_its_last_moment_on() -> None:
    key = api_key(user("Ada"), expires_at=NOON)
    assert [key.is_expired(at) for at in (NOON - 0.001, NOON, NOON + 1)] == [False, True, True]
    assert not replace(key, expires_at=None).is_expired(NOON + 10**9)


def test_a_secret_is_read_back_as_it_was_written() -> None:
    assert KeySecret.parse(SECRET.format()) == SECRET
    assert SECRET.format().startswith("crk_")


@pytest.mark.parametrize(
    "written",
    ["", "crk_", "crk_x_y", SECRET.format() + "x", " " + SECRET.format(), SECRET.format().upper(), "x" * 10_000],
    ids=["none", "prefix only", "too short", "longer", "space before", "upper case", "very long"],
)
def test_what_was_never_written_is_no_secret(written: str) -> None:
    with pytest.raises(InvalidCredentials):
        KeySecret.parse(written)


def test_only_its_own_digest_is_a_secrets() -> None:
    assert SECRET.matches(SECRET.digest())
    assert not SECRET.matches(KeySecret.generate(SECRET.key_id).digest())
    assert not SECRET.matches(None)
    assert not SECRET.matches(b"")


def test_secrets_are_256_random_bits_each() -> None:
    secrets = {KeySecret.generate(uuid4()).text for _ in range(100)}
    assert len(secrets) == 100
    assert {len(secret) for secret in secrets} == {43}
