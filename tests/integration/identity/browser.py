"""What a browser sends for the page, without a browser: its cookies, and where each request comes from."""

from dataclasses import dataclass, field
from http.cookies import Morsel, SimpleCookie
from typing import Any

from tests.integration.identity.client import PASSWORD, Client
from tests.secrecy import secret
from tests.servers.service_client import Answer

TLS = "rates.example.com"


@dataclass
class Browser:
    """Keeps the cookies that it gets. `host` is where its page came from: over TLS, unless it is this machine."""

    client: Client
    host: str = TLS
    cookies: dict[str, str] = field(default_factory=dict)
    session_id: str = ""

    async def ask(self, method: str, path: str, **options: Any) -> Answer:  # noqa: ANN401 -- aiohttp's own options
        """Send a request of the page's script; `headers` that are None are left out."""
        headers = {
            "Host": self.host,
            "Sec-Fetch-Site": "same-origin",
            "Sec-Fetch-Mode": "cors",
            "X-Session-Id": self.session_id,
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
            **options.pop("headers", {}),
        }
        sent = {name: value for name, value in headers.items() if value}
        return self._keeping(await self.client.ask(method, path, headers=sent, **options))

    async def sign_in(self, password: str = PASSWORD, **options: Any) -> Answer:  # noqa: ANN401 -- as above
        """Sign in, and note the session."""
        body = {"username": self.client.name, "password": secret(password, "password")}
        return await self.ask("POST", "/session", json=body, **options)

    async def is_signed_in(self) -> bool:
        """Tell whether the access token of the cookie is accepted."""
        return (await self.ask("GET", "/me")).status == 200

    def _keeping(self, answer: Answer) -> Answer:
        for morsel in set_cookies(answer):
            if morsel["max-age"] == "0":
                self.cookies.pop(morsel.key, None)
            else:
                self.cookies[morsel.key] = secret(morsel.value, "cookie")
        if set_cookies(answer) and answer.status == 200:
            self.session_id = answer.json["session_id"]
        return answer


def set_cookies(answer: Answer) -> list[Morsel[str]]:
    """Return the cookies that an answer sets."""
    return [morsel for each in answer.headers.getall("Set-Cookie", ()) for morsel in SimpleCookie(each).values()]
