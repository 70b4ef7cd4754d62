"""Convert and register through the compose stack; check that its servers are up and its worker records."""

import json
import sys
import time
import urllib.request
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import Any

PATIENCE_SECONDS = 60
FIELDS = {"currency_from", "currency_to", "exchange", "rate", "result", "updated_at"}


def main(address: str) -> None:
    """Print every answer. Raises `SystemExit` or `URLError` if one is wrong."""
    request = {"currency_from": "USDT", "currency_to": "BTC", "amount": 100, "cache_max_seconds": 1000}
    answer = _ask(f"{address}/api/v1/convert", json.dumps(request).encode())
    if answer.keys() != FIELDS or Decimal(answer["result"]) != 100 * Decimal(answer["rate"]):
        raise SystemExit("the answer is not a conversion")
    for server in ("redis", "database"):
        _await(address, f"the API cannot use its {server}", partial(_is_up, server))
    credentials = json.dumps({"username": "ada", "password": "correct horse battery"}).encode()
    if _ask(f"{address}/api/v1/authenticate/register", credentials)["username"] != "ada":
        raise SystemExit("the API did not store the new user")
    _await(address, "the worker did not record the quotes in time", _are_recorded)


def _is_up(server: str, ready: Any) -> bool:  # noqa: ANN401 -- any JSON
    return bool(ready["dependencies"][server]["status"] == "up")


def _are_recorded(ready: Any) -> bool:  # noqa: ANN401 -- any JSON
    return {pair["status"] for pair in ready["quotes"].values()} == {"fresh"}


def _await(address: str, failure: str, holds: Callable[[Any], bool]) -> None:
    """Look again for a while: on a busy machine, a look at a server may take longer than readiness waits."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds(_ask(f"{address}/health/ready")):
        if time.monotonic() > deadline:
            raise SystemExit(failure)
        time.sleep(1)


def _ask(url: str, body: bytes | None = None) -> Any:  # noqa: ANN401 -- any JSON
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})  # noqa: S310 - our own address
    with urllib.request.urlopen(request, timeout=10) as response:  # noqa: S310
        text = response.read().decode()
    sys.stdout.write(f"{url} answered {text}\n")
    return json.loads(text)


if __name__ == "__main__":
    main(sys.argv[1])
