"""Origins of web pages are read as browsers write them."""

import pytest
from pydantic import ValidationError

from entrypoints.settings.settings import Settings


def origins(text: str) -> tuple[str, ...]:
    return Settings(_env_file=None, cors_origins=text).cors_origins


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ()),
        ("*", ("*",)),
        ("https://app.example", ("https://app.example",)),
        ("https://App.Example:443/, http://localhost:3000", ("https://app.example", "http://localhost:3000")),
        ("https://münchen.example", ("https://xn--mnchen-3ya.example",)),
        ("http://[::1]:80", ("http://[::1]",)),
        ("chrome-extension://abcdef", ("chrome-extension://abcdef",)),
    ],
)
def test_an_origin_is_what_a_browser_sends(text: str, expected: tuple[str, ...]) -> None:
    assert origins(text) == expected


@pytest.mark.parametrize(
    "text", ["app.example", "app.example:3000", "null", "https://", "https://a/b", "https://*.a", "https://a?b", "a b"]
)
def test_what_is_no_origin_is_rejected_and_told_what_to_write(text: str) -> None:
    with pytest.raises(ValidationError, match=r"write a scheme, a host and perhaps a port: https://app\.example"):
        origins(text)


def test_all_origins_and_some_are_not_allowed_together() -> None:
    with pytest.raises(ValidationError, match=r"either \* or a list"):
        origins("*, https://app.example")
