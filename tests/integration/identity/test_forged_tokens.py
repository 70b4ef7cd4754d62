"""Tokens that this service did not sign, or signed for another purpose, are rejected."""

import asyncio
import base64
import hmac
import time
from collections.abc import Callable
from typing import Any

import jwt
import orjson
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from yarl import URL

from tests.integration.identity.client import Client
from tests.integration.problems import is_problem
from tests.servers.service import JWT_SECRET
from tests.servers.service_client import Service

RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PUBLIC = RSA.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def claims_of(token: str) -> dict[str, Any]:
    claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return claims


def unsigned(claims: dict[str, Any], algorithm: str) -> str:
    parts = [orjson.dumps({"alg": algorithm, "typ": "JWT"}), orjson.dumps(claims)]
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts) + "."


def signed(claims: dict[str, Any], secret: str = JWT_SECRET, algorithm: str = "HS256", **head: object) -> str:
    return jwt.encode(claims, secret, algorithm, headers=head)


def without(claims: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in claims.items() if key != name}


FORGED: dict[str, Callable[[dict[str, Any]], str]] = {
    "no algorithm": lambda claims: unsigned(claims, "none"),
    "no algorithm, in another case": lambda claims: unsigned(claims, "nOnE"),
    "another secret": lambda claims: signed(claims, "x" * 64),
    "another algorithm with the right secret": lambda claims: signed(claims, algorithm="HS512"),
    "a key of the sender's own": lambda claims: jwt.encode(claims, RSA, "RS256"),
    "a key of the sender's own, named in it": lambda claims: jwt.encode(
        claims, RSA, "RS256", headers={"jwk": jwt.algorithms.RSAAlgorithm.to_jwk(RSA.public_key(), as_dict=True)}
    ),
    "a secret of the sender's own, named in it": lambda claims: signed(
        claims, "x" * 64, jwk={"kty": "oct", "k": base64.urlsafe_b64encode(b"x" * 64).decode()}
    ),
    "a key to be fetched": lambda claims: signed(claims, "x" * 64, jku="http://127.0.0.1:1/keys.json"),
    "a file as the key": lambda claims: signed(claims, "x" * 64, kid="../../../../dev/null"),
    "another issuer": lambda claims: signed(claims | {"iss": "somebody"}),
    "no issuer": lambda claims: signed(without(claims, "iss")),
    "another audience": lambda claims: signed(claims | {"aud": "another-api"}),
    "no audience": lambda claims: signed(without(claims, "aud")),
    "no end": lambda claims: signed(without(claims, "exp")),
    "an end that is over": lambda claims: signed(claims | {"exp": int(time.time()) - 10**9}),
    "an end that is none": lambda claims: signed(claims | {"exp": "never"}),
    "no session": lambda claims: signed(without(claims, "sid")),
    "a session that is none": lambda claims: signed(claims | {"sid": "' OR 1=1 --"}),
    "a session that is no text": lambda claims: signed(claims | {"sid": 7}),
    "somebody's session that there never was": lambda claims: signed(claims | {"sid": "0" * 32}),
    "another user": lambda claims: signed(claims | {"sub": "0" * 32}),
    "no user": lambda claims: signed(without(claims, "sub")),
    "a user that is none": lambda claims: signed(claims | {"sub": "ada"}),
    "a user that is no text": lambda claims: signed(claims | {"sub": 7}),
    "nothing": lambda _: "",
    "no token": lambda _: "not.a.token",
    "very much": lambda _: "x" * 7000,
    "letters that no token has": lambda _: "é.ü.ö",
}


@pytest.mark.parametrize("name", FORGED)
async def test_a_forged_token_is_rejected(ada: Client, name: str) -> None:
    forged = FORGED[name](claims_of(ada.access))
    answer = await ada.ask("GET", "/me", headers={"Authorization": f"Bearer {forged}"})
    assert is_problem(answer, 401)
    assert "Bearer" in answer.headers["WWW-Authenticate"]
    assert (await ada.ask("GET", "/me")).status == 200


async def test_bytes_that_are_not_text_are_rejected(service: Service) -> None:
    url = URL(service.url)
    reader, writer = await asyncio.open_connection(url.host, url.port)
    head = b"GET /api/v1/me HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
    writer.write(head + b"Authorization: Bearer a\xff\xfe.b.c\r\n\r\n")
    status = await reader.readline()
    writer.close()
    assert status.split()[1] == b"401"


async def test_a_public_key_is_rejected_as_the_secret(ada: Client) -> None:
    # If a token could choose its algorithm, anyone with the public key could sign one.
    head = base64.urlsafe_b64encode(b'{"alg":"HS256","typ":"JWT"}').rstrip(b"=")
    body = base64.urlsafe_b64encode(orjson.dumps(claims_of(ada.access))).rstrip(b"=")
    signature = hmac.digest(PUBLIC, head + b"." + body, "sha256")
    token = b".".join((head, body, base64.urlsafe_b64encode(signature).rstrip(b"="))).decode()
    assert is_problem(await ada.ask("GET", "/me", headers={"Authorization": f"Bearer {token}"}), 401)


async def test_refresh_and_access_tokens_do_not_replace_each_other(ada: Client) -> None:
    assert is_problem(await ada.ask("GET", "/me", headers={"Authorization": f"Bearer {ada.refresh}"}), 401)
    assert is_problem(await ada.refreshed(ada.access), 401)
    both = claims_of(ada.access) | {"aud": ["crossrate-refresh"]}
    assert is_problem(await ada.refreshed(signed(both)), 401)  # no generation
    assert (await ada.refreshed()).status == 200


async def test_a_refresh_token_that_names_another_user_is_rejected_and_the_session_goes_on(ada: Client) -> None:
    for forged in (claims_of(ada.refresh) | {"sub": "0" * 32}, without(claims_of(ada.refresh), "sub")):
        assert is_problem(await ada.refreshed(signed(forged)), 401)
    assert (await ada.refreshed()).status == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": "Basic YWRhOnBhc3N3b3Jk"},
        {"Authorization": "Bearer"},
        {"Authorization": ""},
        {"X-API-Key": ""},
        {"X-API-Key": "crk_0_0"},
        {"X-API-Key": f"crk_{'0' * 32}_{'A' * 43}"},
        {"X-API-Key": f"crk_{'0' * 32}_{'A' * 4000}"},
    ],
)
async def test_malformed_credentials_are_rejected(ada: Client, headers: dict[str, str]) -> None:
    nobody = Client(ada.service, ada.name, ada.address)
    assert is_problem(await nobody.ask("GET", "/me", headers=headers), 401)


async def test_two_credentials_at_once_are_rejected(ada: Client) -> None:
    key = await ada.new_key("convert")
    answer = await ada.ask("GET", "/me", headers={"X-API-Key": key.key})
    assert is_problem(answer, 401)
