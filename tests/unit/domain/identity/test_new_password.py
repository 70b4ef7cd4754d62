"""Which new passwords are refused, and which are not."""

import pytest

from domain.identity.common_passwords import COMMON_PASSWORDS
from domain.identity.errors import UnsuitablePassword
from domain.identity.new_password import reject_unchanged, reject_unsuitable
from domain.identity.user import Password, Username

ADA = Username("ada")


@pytest.mark.parametrize(
    "text",
    [
        *("password", "PASSWORD", "Password1!", "P@ssw0rd", "p@$$w0rd123", "password2024", "passwordpassword"),
        *(
            "    password",
            "password!!!!!!!!!!",
            "!!password!!",
            "ｐａｓｓｗｏｒｄ",
            "drowssap",
            "$ecret1!",
            "admin@123",
        ),
        *("letmein1", "Letmein!!", "dragon123", "iloveyou!", "trustno1", "Summer2024!", "monkey12345678"),
        *("12345678", "87654321", "1234567890123", "11111111", "12341234", "121212121", "abcdefgh", "abcd1234"),
        *("qwertyuiop", "qwerty123", "poiuytre", "1q2w3e4r", "zxcvbnm,", "asdfjkl;", "qwer1234", "1qaz2wsx!"),
        *("aaaaaaaa", "abcabcabc", "!!!!!!!!", "        ", "龙龙龙龙龙龙龙龙"),
    ],
)
def test_the_most_common_passwords_and_trivial_changes_of_them_are_refused(text: str) -> None:
    with pytest.raises(UnsuitablePassword, match="is one of the most common passwords, or nearly"):
        reject_unsuitable(Password(text), ADA)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("grace", "graceGRACE grace"),
        ("grace", "grace-2024"),
        ("grace", "19061209grace"),
        ("grace", "mygrace1"),
        ("grace", "ecarg!!!"),
        ("grace", "GR4C3-1906"),
        ("grace", "grace&password"),
        ("GraceHopper", "gracehopper"),
        ("grace.hopper", "grace hopper 1"),
        ("grace.hopper@example.com", "gracehopper"),
        ("grace.hopper@example.com", "grace.hopper@example.com"),
    ],
)
def test_the_username_and_trivial_changes_of_it_are_refused(name: str, text: str) -> None:
    with pytest.raises(UnsuitablePassword, match="is the username, or nearly"):
        reject_unsuitable(Password(text), Username(name))


@pytest.mark.parametrize(
    "text",
    [
        *(
            "correct horse battery",
            "a long enough password",
            "another password",
            "not the password",
            "monkey83749201837",
        ),
        *(
            "adamantine horse",
            "ada and the engine",
            "xq7!92#1",
            "7h#4kQ!z",
            "31415926",
            "пароль от сейфа",
            "ünïcödé-pass",
        ),
    ],
)
def test_others_are_accepted(text: str) -> None:
    reject_unsuitable(Password(text), ADA)


def test_a_hundred_and_more_are_known_and_written_as_they_are_compared() -> None:
    assert len(COMMON_PASSWORDS) >= 200
    assert all(word == "".join(filter(str.isalnum, word.casefold())) for word in COMMON_PASSWORDS)
    for word in COMMON_PASSWORDS:
        with pytest.raises(UnsuitablePassword):
            reject_unsuitable(Password(f"{word}!2024".rjust(8)), ADA)


@pytest.mark.parametrize("text", ["password" + "!" * 120, "1" * 100 + "qwerty", "ada" * 42, "abc" * 42 + "ab"])
def test_the_longest_passwords_are_judged_too_and_not_repeated_in_the_message(text: str) -> None:
    with pytest.raises(UnsuitablePassword) as refused:
        reject_unsuitable(Password(text), ADA)
    assert text not in str(refused.value)


def test_a_new_password_must_be_new() -> None:
    with pytest.raises(UnsuitablePassword, match="must differ from the current one"):
        reject_unchanged(Password("correct horse battery"), Password("correct horse battery"))
    reject_unchanged(Password("correct horse battery!"), Password("correct horse battery"))
