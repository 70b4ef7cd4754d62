"""What is wrong with an answer that arrived, in one clause without any of its data."""

import re
from collections.abc import Mapping
from textwrap import shorten
from urllib.parse import urlsplit

import aiohttp
import msgspec
from aiohttp.http_exceptions import ContentEncodingError

_LONGEST_REASON = 160
_LONGEST_TARGET = 100
_MEDIA_TYPE = re.compile(r"[a-z0-9.+-]{1,40}/[a-z0-9.+-]{1,40}")


def payload_failure(error: aiohttp.ClientPayloadError) -> str:
    """Return why a body could not be read to its end."""
    return (
        "the body cannot be decompressed" if isinstance(error.__cause__, ContentEncodingError) else "the body broke off"
    )


def body_failure(error: Exception, answer: tuple[bytes, Mapping[str, str]] | None) -> str:
    """Return why a body could not be parsed. `answer` is the body with its headers, where they are known."""
    if answer is not None and answer[0].lstrip()[:1] not in {b"{", b"["}:
        return f"the body is not JSON{_instead(*answer)}"
    if isinstance(error, UnicodeDecodeError | RecursionError):
        return f"the body is not the expected document: {type(error).__name__}"
    reason = shorten(str(error), _LONGEST_REASON, placeholder=" ...")
    return f"the body is not the expected document: {reason}" if isinstance(error, msgspec.DecodeError) else reason


def redirection(headers: Mapping[str, str]) -> str:
    """Return where a redirect leads, without user, query and fragment."""
    try:
        target = urlsplit(headers.get("Location", ""))
    except ValueError:
        return ""
    text = target._replace(netloc=target.netloc.rpartition("@")[2], query="", fragment="").geturl()
    is_shown = text.isascii() and text.isprintable() and 0 < len(text) <= _LONGEST_TARGET
    return f", which redirects to {text}" if is_shown else ""


def _instead(body: bytes, headers: Mapping[str, str]) -> str:
    if not body.strip():
        return " but empty"
    media_type = headers.get("Content-Type", "").partition(";")[0].strip().lower()
    return f" but {media_type}" if _MEDIA_TYPE.fullmatch(media_type) and "json" not in media_type else ""
