"""Write the generated modules: `python -m generator`, in `clients/python`."""

from entrypoints.http.openapi.document import openapi_document
from generator.generated import PACKAGE, generated

if __name__ == "__main__":
    for path, text in generated(openapi_document(("binance", "kucoin"))).items():
        (PACKAGE / path).write_text(text, encoding="utf-8")
