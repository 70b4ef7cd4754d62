"""A Postman collection (v2.1) of the OpenAPI document: a request for each operation, with what its answer must be."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

Json = dict[str, Any]

SCHEMA = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"

# It never ends, so that a run would not either.
LEFT_OUT = frozenset({"stream"})

# Tags in the order of a run: what others need comes first. Any others follow.
ORDER = ("Authentication", "Conversion", "What can be converted", "Wallets", "Recorded quotes", "Purchase orders")

# What ends an account, a session or a wallet, so that it comes last of all.
LAST = ("deleteWallet", "deleteApiKeys", "endOtherSessions", "deleteMe", "logout")

# Those that must succeed in a run over a service with simulated exchanges, in which `username` is new.
MUST_SUCCEED = frozenset(
    (
        *("register", "login", "me", "convert", "convertByQuery", "convertBatch", "rates", "exchanges", "currencies"),
        *(
            "pairs",
            "createWallet",
            "wallets",
            "wallet",
            "addCurrency",
            "addOrWithdrawFunds",
            "entries",
            "walletEntries",
        ),
        *("worth", "createApiKey", "apiKeys", "quotes", "latestQuotes", "live", "ready", "openapi"),
    )
)

# Members of an answer that later requests need, by operation: the variable, and the member.
KEPT = {
    "login": {"access_token": "access_token", "refresh_token": "refresh_token"},
    "createWallet": {"wallet_id": "id"},
    "addCurrency": {"currency_id": "id"},
    "order": {"order_id": "id"},
    "lockPrice": {"price_lock_id": "id"},
}

# Values that fit each other, where the document's examples do not; {{...}} are variables of the collection.
BODIES: Mapping[str, Json] = {
    "register": {"username": "{{username}}", "password": "{{password}}"},
    "login": {"username": "{{username}}", "password": "{{password}}"},
    "createWallet": {"name": "{{wallet}}"},
    "renameWallet": {"name": "{{wallet}}"},
    "addCurrency": {"wallet_id": "{{wallet_id}}", "code": "USDT", "amount": "1000"},
    "addOrWithdrawFunds": {"amount": "-10"},
    "addOrWithdrawFundsByPatch": {"amount": "10"},
    "order": {"wallet": "{{wallet}}", "buy": "BTC", "pay_with": "USDT", "amount": "0.001"},
    "deleteMe": {"password": "{{password}}"},
    "confirmPassword": {"password": "{{password}}"},
    "changePassword": {"old": "{{password}}", "new": "{{password}}"},
    "refresh": {"refresh_token": "{{refresh_token}}"},
}
PARAMETERS = {
    "currency_from": "TRX",
    "currency_to": "ADA",
    "amount": "100",
    "base": "USDT",
    "quote": "",
    "pair": "BTC/USDT",
    "cache_max_seconds": "60",
    "interval": "1h",
    "to": "",
    "name": "{{wallet}}",
    "wallet_id": "{{wallet_id}}",
    "currency_id": "{{currency_id}}",
    "order_id": "{{order_id}}",
    "username": "{{username}}",
    "slug": "no-route",
    "symbols": "BTC,ADA",
}
# A required parameter that is not above gets this, which nothing has.
NOBODY = "00000000-0000-4000-8000-000000000000"

VARIABLES = {
    "base_url": "http://127.0.0.1:8080",
    "username": "postman-{{$randomUUID}}",
    "password": "correct horse battery",
    "wallet": "Savings",
    **dict.fromkeys(("access_token", "refresh_token", "api_key", "price_lock_id"), ""),
    **dict.fromkeys(("wallet_id", "currency_id", "order_id"), NOBODY),
}


def collection(document: Json) -> Json:
    """Return the collection, the same one for the same document."""
    return {
        "info": {"name": document["info"]["title"], "schema": SCHEMA, "description": document["info"]["description"]},
        "auth": _bearer("{{access_token}}"),
        "variable": [{"key": name, "value": value} for name, value in VARIABLES.items()],
        "item": [{"name": tag, "item": items} for tag, items in _folders(document).items()],
    }


# A variable within a variable would be another one each time: the name is made once, by the first request.
NEW_USER = """\
if (pm.collectionVariables.get("username").includes("{{")) {
    pm.collectionVariables.set("username", "postman-" + pm.variables.replaceIn("{{$randomUUID}}").slice(0, 13));
}"""


def _folders(document: Json) -> dict[str, list[Json]]:
    folders: dict[str, list[Json]] = {tag: [] for tag in ORDER}
    at_last: list[Json] = []
    for path, method, operation in _operations(document):
        item = _item(document, path, method, operation)
        if operation["operationId"] in LAST:
            at_last.append(item)
        else:
            folders.setdefault(operation["tags"][0], []).append(item)
    at_last.sort(key=lambda item: LAST.index(item["_id"]))
    return {tag: _named(items) for tag, items in {**folders, "At last": at_last}.items() if items}


def _named(items: list[Json]) -> list[Json]:
    return [{name: member for name, member in item.items() if name != "_id"} for item in items]


def _operations(document: Json) -> Iterator[tuple[str, str, Json]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if operation["operationId"] not in LEFT_OUT:
                yield path, method.upper(), operation


def _item(document: Json, path: str, method: str, operation: Json) -> Json:
    name = operation["operationId"]
    request: Json = {
        "method": method,
        "header": _headers(operation),
        "url": _url(path, operation),
        "description": operation.get("description", operation["summary"]),
    }
    if not operation.get("security"):
        request["auth"] = {"type": "noauth"}
    if "requestBody" in operation:
        request["body"] = {"mode": "raw", "raw": json.dumps(_body(operation), indent=2)}
    tests = _tests(document, operation)
    events = [_script("test", tests)]
    if name == "register":
        events.append(_script("prerequest", NEW_USER))
    return {"_id": name, "name": operation["summary"], "request": request, "event": events}


def _url(path: str, operation: Json) -> Json:
    named = [each for each in operation["parameters"] if "name" in each]
    query = [
        {
            "key": each["name"],
            "value": PARAMETERS.get(each["name"]) or NOBODY,
            "description": each.get("description", ""),
        }
        | ({} if each["required"] else {"disabled": True})
        for each in named
        if each["in"] == "query"
    ]
    parts = [
        PARAMETERS.get(part[1:-1]) or NOBODY if part.startswith("{") else part for part in path.strip("/").split("/")
    ]
    asked = "&".join(f"{each['key']}={each['value']}" for each in query if "disabled" not in each)
    raw = f"{{{{base_url}}}}/{'/'.join(parts)}{'?' if asked else ''}{asked}"
    return {"raw": raw, "host": ["{{base_url}}"], "path": parts, "query": query}


def _headers(operation: Json) -> list[Json]:
    headers = [{"key": "Accept", "value": "application/json"}]
    if "requestBody" in operation:
        headers.append({"key": "Content-Type", "value": "application/json"})
    if any(each.get("name") == "Idempotency-Key" for each in operation["parameters"]):
        headers.append({"key": "Idempotency-Key", "value": "{{$guid}}"})
    return headers


def _body(operation: Json) -> Any:  # noqa: ANN401 -- any JSON
    if operation["operationId"] in BODIES:
        return BODIES[operation["operationId"]]
    examples = operation["requestBody"]["content"]["application/json"].get("examples") or {}
    return next((example["value"] for example in examples.values()), {})


def _tests(document: Json, operation: Json) -> str:
    """Return the script that checks the answer: that its status is documented, and its body as described."""
    schemas, answers = document["components"]["schemas"], dict[str, Json]()
    for status, answer in operation["responses"].items():
        content = _resolved(document, answer).get("content", {})
        reference = next((kind["schema"].get("$ref") for name, kind in content.items() if "json" in name), None)
        answers[status] = _schema(schemas, reference) if reference else {}
    lines = [f"const answers = {json.dumps(answers)};", *CHECKS]
    if operation["operationId"] in MUST_SUCCEED:
        lines.append('pm.test("succeeds", () => pm.expect(pm.response.code, pm.response.text()).to.be.below(300));')
    for variable, member in KEPT.get(operation["operationId"], {}).items():
        lines.append(
            f'if (pm.response.code < 300) pm.collectionVariables.set("{variable}", pm.response.json().{member});'
        )
    return "\n".join(lines)


CHECKS = (
    "const status = String(pm.response.code);",
    'pm.test("has a documented status", () => pm.expect(answers, pm.response.text()).to.have.property(status));',
    "if (Object.keys(answers[status] || {}).length)",
    '    pm.test("is as described", () => {',
    '        pm.response.to.have.jsonSchema(answers[status], {unknownFormats: "ignore"});',
    "    });",
    'pm.test("has the id of its request", () => pm.response.to.have.header("X-Request-ID"));',
)


def _resolved(document: Json, node: Json) -> Json:
    if "$ref" not in node:
        return node
    found: Any = document
    for part in node["$ref"].removeprefix("#/").split("/"):
        found = found[part]
    return dict(found)


def _schema(schemas: Json, reference: str) -> Json:
    """Return a schema with those that it needs, as draft 7, which Postman checks."""
    needed: dict[str, Any] = {}
    wanted = [reference.rpartition("/")[2]]
    while wanted:
        name = wanted.pop()
        if name not in needed:
            needed[name] = schemas[name]
            wanted += re.findall(r"#/components/schemas/([^\"]+)", json.dumps(schemas[name]))
    schema: Json = json.loads(json.dumps({"$ref": reference, "definitions": needed}).replace(*IN_DRAFT_7))
    return schema


IN_DRAFT_7 = ("#/components/schemas/", "#/definitions/")


def _script(listen: str, text: str) -> Json:
    return {"listen": listen, "script": {"type": "text/javascript", "exec": text.split("\n")}}


def _bearer(token: str) -> Json:
    return {"type": "bearer", "bearer": [{"key": "token", "value": token, "type": "string"}]}
