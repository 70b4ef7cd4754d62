"""The client package is held to the OpenAPI document, and its blocking half to the asynchronous one."""

from entrypoints.http.openapi.document import openapi_document
from generator.generated import PACKAGE, generated

DOCUMENT = openapi_document(("binance", "kucoin"))


def test_generated_modules_are_those_of_the_document() -> None:
    stale = [path for path, text in generated(DOCUMENT).items() if (PACKAGE / path).read_text(encoding="utf-8") != text]
    assert not stale, f"Run `make client`: {stale}"
