"""A client of the accounts, at an address of its own."""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from tests.secrecy import secret, tokens
from tests.servers.service_client import Answer, Service

PASSWORD = "correct horse battery"  # noqa: S105 -- of users that the tests make up
API = "/api/v1"


@dataclass
class Client:
    """Asks from `address`, by way of a proxy that the service trusts, as the user `name`."""

    service: Service
    name: str
    address: str
    access: str = ""
    refresh: str = ""
    key: str = ""

    async def ask(self, method: str, path: str, **options: Any) -> Answer:  # noqa: ANN401 -- aiohttp's own options
        """Ask with what is in hand: the key if there is one, else the access token if there is one."""
        headers = {"X-Forwarded-For": self.address, **options.pop("headers", {})}
        if self.key:
            headers.setdefault("X-API-Key", self.key)
        elif self.access and "Authorization" not in headers:
            headers["Authorization"] = f"Bearer {self.access}"
        path = path if path.startswith("/api/") else API + path
        return await self.service.ask(method, path, headers=headers, **options)

    async def register(self, password: str = PASSWORD) -> Answer:
        """Register as `name`."""
        return await self.ask("POST", "/authenticate/register", json=self._credentials(password))

    async def login(self, password: str = PASSWORD) -> Answer:
        """Log in, and keep the tokens."""
        return self._keeping(await self.ask("POST", "/authenticate/login", json=self._credentials(password)))

    async def refreshed(self, token: str | None = None) -> Answer:
        """Refresh with the last token, or with another, and keep the tokens."""
        return self._keeping(
            await self.ask("POST", "/authenticate/refresh", json={"refresh_token": token or self.refresh})
        )

    async def new_key(self, *scopes: str, **more: object) -> "Client":
        """Make a key, and return a client that asks with it."""
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
    """Makes clients, each of another name and address."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self._number = 0

    def client(self) -> Client:
        """One that is nobody yet."""
        self._number += 1
        address = f"198.51.{self._number // 250}.{self._number % 250 + 1}"
        return Client(self.service, f"user-{uuid4().hex[:12]}", address)

    async def user(self) -> Client:
        """One that is registered and signed in."""
        client = self.client()
        assert (await client.register()).status == 201
        assert (await client.login()).status == 200
        return client
