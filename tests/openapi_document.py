"""The service's OpenAPI document, written once for all tests that read it."""

from functools import cache
from typing import Any

import orjson

from entrypoints.http.openapi.document import openapi_document


@cache
def document() -> dict[str, Any]:
    """Return it as a client reads it. Nobody may change it."""
    written: dict[str, Any] = orjson.loads(orjson.dumps(openapi_document(("binance", "kucoin"))))
    return written
