"""A client of the identity endpoints, at an address of its own."""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from tests.secrecy import secret, tokens
from tests.servers.service_client import Answer, Service

PASSWORD = "correct horse battery"  # noqa: S105 -- of users that the tests make up
API = "/api/v1"
# Paths that begin so are whole: those of the API, and those that stand in for other services.
WHOLE = ("/api/", "/v1/", "/btcpay/")


@dataclass
class Client:
    """Sends requests as the user `name` from `address`, through a proxy that the service trusts."""

    service: Service
    name: str
    address: str
    access: str = ""
    refresh: str = ""
    key: str = ""

    async def ask(self, method: str, path: str, **options: Any) -> Answer:  # noqa: ANN401 -- aiohttp's own options
        """Send a request with the key, or else with the access token, if there is one."""
        headers = {"X-Forwarded-For": self.address, **options.pop("headers", {})}
        if self.key:
            headers.setdefault("X-API-Key", self.key)
        elif self.access and "Authorization" not in headers:
            headers["Authorization"] = f"Bearer {self.access}"
        path = path if path.startswith(WHOLE) else API + path
        return await self.service.ask(method, path, headers=headers, **options)

    async def register(self, password: str = PASSWORD) -> Answer:
        """Register as `name`."""
        return await self.ask("POST", "/authenticate/register", json=self._credentials(password))

    async def login(self, password: str = PASSWORD, **options: Any) -> Answer:  # noqa: ANN401 -- as above
        """Log in, and keep the tokens."""
        return self._keeping(await self.ask("POST", "/authenticate/login", json=self._credentials(password), **options))

    async def refreshed(self, token: str | None = None) -> Answer:
        """Refresh with the last token, or with another, and keep the tokens."""
        return self._keeping(
            await self.ask("POST", "/authenticate/refresh", json={"refresh_token": token or self.refresh})
        )

    async def new_key(self, *scopes: str, **more: object) -> "Client":
        """Create a key with these scopes, and return a client that uses it."""
        answer = await self.ask("POST", "/api-keys", json={"name": "a key", "scopes": list(scopes), **more})
        assert answer.status == 201, answer.body
        return Client(self.service, self.name, self.address, key=tokens(answer.json)["key"])

    async def convert(self) -> Answer:
        """Convert."""
        return await self.ask("GET", "/convert?currency_from=BTC&currency_to=USDT&amount=1&cache_max_seconds=100000000")

    def _credentials(self, password: str) -> dict[str, str]:
        return {"username": self.name, "password": secret(password, "password")}

    def _keeping(self, answer: Answer) -> Answer:
        if answer.status == 200:
            kept = tokens(answer.json)
            self.access, self.refresh = kept["access_token"], kept["refresh_token"]
        return answer


class Newcomers:
    """Makes clients, each with a name and an address of its own."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self._number = 0

    def client(self) -> Client:
        """Return a client that has not registered yet."""
        self._number += 1
        address = f"198.51.{self._number // 250}.{self._number % 250 + 1}"
        return Client(self.service, f"user-{uuid4().hex[:12]}", address)

    async def user(self) -> Client:
        """Return a client that is registered and signed in."""
        client = self.client()
        assert (await client.register()).status == 201
        assert (await client.login()).status == 200
        return client
