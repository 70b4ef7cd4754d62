"""The secrets of API keys."""

from uuid import UUID, uuid4

import pytest

from domain.identity.errors import InvalidCredentials
from domain.identity.key_secret import KeySecret

SECRET = KeySecret.generate(UUID(int=7))


def test_a_secret_is_parsed_from_what_it_formats() -> None:
    assert KeySecret.parse(SECRET.format()) == SECRET
    assert SECRET.format().startswith("crk_")


@pytest.mark.parametrize(
    "written",
    ["", "crk_", "crk_x_y", SECRET.format() + "x", " " + SECRET.format(), SECRET.format().upper(), "x" * 10_000],
    ids=["none", "prefix only", "too short", "longer", "space before", "upper case", "very long"],
)
def test_anything_else_is_rejected(written: str) -> None:
    with pytest.raises(InvalidCredentials):
        KeySecret.parse(written)


def test_a_secret_matches_only_its_own_digest() -> None:
    assert SECRET.matches(SECRET.digest())
    assert not SECRET.matches(KeySecret.generate(SECRET.key_id).digest())
    assert not SECRET.matches(None)
    assert not SECRET.matches(b"")


def test_each_secret_is_256_random_bits() -> None:
    secrets = {KeySecret.generate(uuid4()).text for _ in range(100)}
    assert len(secrets) == 100
    assert {len(secret) for secret in secrets} == {43}


def test_the_secret_is_not_in_a_repr() -> None:
    assert SECRET.text not in repr(SECRET)
