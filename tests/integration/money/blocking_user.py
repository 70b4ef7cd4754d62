"""A user who sends one request at a time and waits for its answer, at little cost: half of a history is requests."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPMessage
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from tests.secrecy import secret, tokens

TIMEOUT_SECONDS = 60.0
SCOPES = ["wallets:read", "wallets:write"]


@dataclass(frozen=True, slots=True)
class Told:
    """An answer."""

    status: int
    headers: HTTPMessage
    body: bytes

    @property
    def json(self) -> Any:  # noqa: ANN401 -- whatever it says
        return json.loads(self.body)

    @property
    def lasting(self) -> object:
        """Return the body, without what differs between a problem and its repetition."""
        if "problem" not in self.headers.get("Content-Type", ""):
            return self.body
        return {name: value for name, value in self.json.items() if name != "request_id"}


class User:
    """Registers, and sends requests with a token, which lasts 15 minutes, or with a key, which lasts."""

    def __init__(self, address: str, *, has_key: bool = False) -> None:
        place = urlsplit(address)
        self._connection = HTTPConnection(str(place.hostname), place.port, timeout=TIMEOUT_SECONDS)
        self._proof: dict[str, str] = {}
        credentials = {"username": f"user-{uuid4().hex}", "password": secret("correct horse battery", "password")}
        assert self.ask("POST", "/authenticate/register", credentials).status == 201
        signed_in = tokens(self.ask("POST", "/authenticate/login", credentials).json)
        self._proof = {"Authorization": f"Bearer {signed_in['access_token']}"}
        if has_key:
            made = self.ask("POST", "/api-keys", {"name": "all", "scopes": SCOPES})
            self._proof = {"X-API-Key": tokens(made.json)["key"]}

    def ask(self, method: str, path: str, body: Mapping[str, str | list[str]] | None = None, key: str = "") -> Told:
        headers = dict(self._proof)
        if key:
            headers["Idempotency-Key"] = key
        if body:
            headers["Content-Type"] = "application/json"
        self._connection.request(method, f"/api/v1{path}", json.dumps(body) if body else None, headers)
        answer = self._connection.getresponse()
        return Told(answer.status, answer.headers, answer.read())

    def close(self) -> None:
        """Close the connection; the next request opens another."""
        self._connection.close()
