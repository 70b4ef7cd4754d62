"""What an exchange says is shown without what may be a key, a signature or a token in it."""

import pytest

from adapters.rest.venue_texts import LONGEST, shown


@pytest.mark.parametrize(
    "secret",
    [
        "5f1c0e2ab7d94c3e8a6b7c8d",
        "Jq3vT+9s/Yw1kR0xXz5mB2nC4dE6fG8hI0jK1lM2oP3=",
        "Jq3v%2F9sYw1k%2BR0xXz5m%2FB2nC4dE6f%2BG8hI0jK1l%3D",
        "0123456789abcdef-0123456789abcdef_0123",
    ],
    ids=["hexadecimal", "base64", "percent-encoded", "URL-safe"],
)
def test_what_may_be_secret_is_left_out(secret: str) -> None:
    assert shown(f"Invalid signature '{secret}'\nfor key {secret}.") == "Invalid signature '...' for key ...."


def test_other_words_are_kept_in_one_short_line() -> None:
    assert shown("Filter failure:\tLOT_SIZE") == "Filter failure: LOT_SIZE"
    assert len(shown("many words " * 1000)) <= LONGEST
