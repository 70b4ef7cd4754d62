"""The models and the problems of the client, made from the service's OpenAPI document."""

from collections.abc import Iterator, Mapping
from typing import Any

Schema = Mapping[str, Any]


def _words(text: str) -> list[str]:
    return text.split()


# The document's name of an answer, or of a part of one, and the client's.
MODELS = {
    "ConvertResponse": "Conversion",
    "RouteLeg": "Leg",
    "LeftOver": "LeftOver",
    "TradeSchema": "Trade",
    "ConsideredSchema": "Considered",
    "ProviderSchema": "Provider",
    "RateSchema": "Rate",
    "RatesAnswer": "RateTable",
    "ExchangeSchema": "Exchange",
    "entrypoints__http__rates__tradable_schemas__CurrencySchema": "Currency",
    "PairSchema": "Pair",
    "QuoteSchema": "Quote",
    "RecordedRate": "RecordedRate",
    "RecordedAnswer": "RecordedQuotes",
    "CandleSchema": "Candle",
    "HoldingSchema": "Holding",
    "NewWallet": "NewWallet",
    "WalletSchema": "Wallet",
    "CurrencyAfter": "Balance",
    "TransferAnswer": "Transfer",
    "WorthLine": "WorthLine",
    "WalletWorthAnswer": "WalletWorth",
    "TotalWorthAnswer": "TotalWorth",
    "EntrySchema": "Entry",
    "OrderAnswer": "Order",
    "LifeSchema": "OrderStep",
    "OrderWithLife": "OrderWithLife",
    "PriceLockAnswer": "PriceLock",
    "Account": "Account",
}

# Texts that are exact figures. The document calls both strings, so each is named here or below.
FIGURES = frozenset(
    _words("""
    amount ask available bid close converted cost fee filled funds held held_change high left_over low open price
    quantity rate received refunded result slippage_percent total
""")
)
TEXTS = frozenset(
    _words("""
    base base_name batch_id buy code currency currency_from currency_id currency_to default_to detail exchange id
    interval name pair pay_with precision quote quote_name reason related_id source symbol to transaction_id username
    wallet wallet_id
""")
)
# Lists and maps of texts.
LISTED_TEXTS = frozenset(("exchanges", "left_out", "skipped", "unpriced"))

HEAD = '''"""What the service answers. Made from its OpenAPI document by `make client`: do not edit.

Figures are exact; moments are in UTC. A newer service may have further members, which are left out, and further values
where a `Literal` lists them.
"""
'''


def models(document: Schema) -> str:
    """Return the module of the models."""
    schemas = document["components"]["schemas"]
    classes = "\n\n\n".join(_class(schemas, schemas[name], made) for name, made in _in_order(schemas))
    return f"{HEAD}{IMPORTS}\n\n{classes}\n"


IMPORTS = """
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal
"""


def _in_order(schemas: Schema) -> list[tuple[str, str]]:
    """Return the models such that each comes after those that it consists of."""
    placed: dict[str, str] = {}

    def place(name: str) -> None:
        for needed in _needed(schemas[name]):
            if needed in MODELS and needed not in placed and needed != name:
                place(needed)
        placed.setdefault(name, MODELS[name])

    for name in MODELS:
        place(name)
    return list(placed.items())


def _needed(node: Any) -> Iterator[str]:  # noqa: ANN401 -- any JSON
    if isinstance(node, dict):
        if "$ref" in node:
            yield _last(node["$ref"])
        for each in node.values():
            yield from _needed(each)
    elif isinstance(node, list):
        for each in node:
            yield from _needed(each)


def _class(schemas: Schema, schema: Schema, name: str) -> str:
    required = schema.get("required", ())
    lines = [
        "@dataclass(frozen=True, slots=True, kw_only=True)",
        f"class {name}:",
        f'    """{_summary(schema, name)}"""',
        "",
    ]
    for field, described in schema["properties"].items():
        kind = _kind(schemas, described, field)
        optional = "" if field in required and not _may_be_null(described) else " | None = None"
        lines.append(f"    {field}: {kind}{optional}")
    return "\n".join(lines)


def _summary(schema: Schema, name: str) -> str:
    return str(schema.get("description", name)).split("\n")[0].strip() or name


def _may_be_null(schema: Schema) -> bool:
    kind = schema.get("type")
    return (isinstance(kind, list) and "null" in kind) or any(
        each.get("type") == "null" for each in schema.get("anyOf", ())
    )


def _kind(schemas: Schema, schema: Schema, field: str) -> str:  # noqa: PLR0911 -- a row for each kind
    if "$ref" in schema:
        name = _last(schema["$ref"])
        return MODELS[name] if name in MODELS else _kind(schemas, schemas[name], field)
    if "anyOf" in schema:
        return _kind(schemas, next(each for each in schema["anyOf"] if each.get("type") != "null"), field)
    if "enum" in schema:
        return f"Literal[{', '.join(f'{value!r}' for value in schema['enum'] if value is not None)}]".replace("'", '"')
    kind = schema.get("type")
    kinds = [each for each in kind if each != "null"] if isinstance(kind, list) else [kind]
    if kinds == ["array"]:
        return f"tuple[{_kind(schemas, schema['items'], field)}, ...]"
    if kinds == ["object"]:
        return f"Mapping[str, {_kind(schemas, schema['additionalProperties'], field)}]"
    if kinds == ["integer"]:
        return "datetime" if _is_moment(schema, field) else "int"
    if kinds == ["boolean"]:
        return "bool"
    return _text(schema, field)


def _is_moment(schema: Schema, field: str) -> bool:
    return field == "at" or field.endswith("_at") or str(schema.get("description", "")).startswith("Unix second")


def _text(schema: Schema, field: str) -> str:
    if schema.get("format") == "date":
        return "date"
    if field in FIGURES:
        return "Decimal"
    if field in TEXTS | LISTED_TEXTS:
        return "str"
    raise SystemExit(f"Say in {__name__} whether {field} is a figure or a text.")


def problems(document: Schema) -> str:
    """Return the module of the problems."""
    slugs = sorted(document["components"]["responses"])
    classes = "\n\n\n".join(
        f'class {_class_name(slug)}(Problem):\n    """{_said(document["components"]["responses"][slug])}"""'
        for slug in slugs
    )
    table = "\n".join(f'    "{slug}": {_class_name(slug)},' for slug in slugs)
    return f"{PROBLEMS_HEAD}\n\n{classes}\n\n\nBY_SLUG: Mapping[str, type[Problem]] = {{\n{table}\n}}\n"


PROBLEMS_HEAD = '''"""The problems of the service. Made from its OpenAPI document by `make client`: do not edit."""

from collections.abc import Mapping

from crossrate_client.errors import Problem
'''


def _class_name(slug: str) -> str:
    return "".join(part.capitalize() for part in slug.split("-"))


def _said(response: Schema) -> str:
    return str(response["description"]).partition(":")[0] + "."


def _last(reference: str) -> str:
    return reference.rpartition("/")[2]
