"""Usernames and passwords."""

import pytest

from domain.errors import InvalidInput
from domain.identity.errors import InvalidPassword, InvalidUsername
from domain.identity.user import Password, Username
from tests.unit.fakes.accounts import user


@pytest.mark.parametrize("name", ["ada", "Ada.Lovelace", "1st", "a@example.org", "a+b_c-d", "x" * 64])
def test_a_name_is_stored_as_written_and_compared_in_lower_case(name: str) -> None:
    assert (Username(name), Username(name).key) == (name, name.lower())


@pytest.mark.parametrize("name", ["", "ab", "x" * 65, "_ada", ".ada", "a da", "ada\n", "аda", "ａda", "ada/../x"])
def test_a_name_that_could_be_mistaken_for_another_is_rejected(name: str) -> None:
    with pytest.raises(InvalidUsername):
        Username(name)


@pytest.mark.parametrize("text", ["x" * 8, "x" * 128, " " * 8, "🔑" * 8])
def test_a_password_may_contain_any_characters(text: str) -> None:
    assert Password(text).text == text


@pytest.mark.parametrize("text", ["", "x" * 7, "x" * 129])
def test_a_password_that_is_too_short_or_too_long_is_rejected(text: str) -> None:
    with pytest.raises(InvalidPassword):
        Password(text)


def test_an_invalid_name_or_password_is_invalid_input() -> None:
    assert issubclass(InvalidUsername, InvalidInput)
    assert issubclass(InvalidPassword, InvalidInput)


def test_neither_password_nor_hash_is_in_a_repr() -> None:
    assert "battery" not in repr(Password("correct horse battery"))
    assert "password" not in repr(user("Ada"))


def test_a_password_is_the_same_however_its_letters_are_composed() -> None:
    assert Password("pa\u0308ssword") == Password("p\u00e4ssword")
    with pytest.raises(InvalidPassword):
        Password("a\u0308" * 7)
