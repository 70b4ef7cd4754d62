"""Signatures are those of the Standard Webhooks specification."""

from base64 import b64encode
from uuid import UUID

import pytest

from domain.webhooks.errors import InvalidWebhookSecret
from domain.webhooks.signature import WebhookSecret

# Computed with OpenSSL:
# printf '%s' "$id.$at.$body" | openssl dgst -sha256 -mac HMAC -macopt hexkey:$key -binary | base64
SECRET = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3"  # noqa: S105 -- of this test only
EVENT = UUID("e5b7c2d4-1f3a-4e6b-8c9d-0a1b2c3d4e5f")
BODY = b'{"type":"order.settled","timestamp":"2026-11-26T10:00:00.000Z","data":{"amount":"0.5"}}'
SIGNATURE = "v1,9/aZ9FJYd1e6BVbj4spEn14kawU5qKzoFKWfjJNfyks="


def test_the_headers_are_those_that_another_implementation_computes() -> None:
    assert WebhookSecret.parse(SECRET).headers(EVENT, BODY, 1795687200) == {
        "webhook-id": "e5b7c2d4-1f3a-4e6b-8c9d-0a1b2c3d4e5f",
        "webhook-timestamp": "1795687200",
        "webhook-signature": SIGNATURE,
    }


def test_a_new_secret_is_read_as_it_is_written_and_hidden_from_logs() -> None:
    secret = WebhookSecret.generate()
    assert WebhookSecret.parse(secret.text) == secret != WebhookSecret.generate()
    assert secret.text not in repr(secret)
    assert repr(secret.key) not in repr(secret)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "whsec_",
        "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3",
        "whsec_" + b64encode(bytes(23)).decode(),
        "whsec_" + b64encode(bytes(65)).decode(),
        "whsec_" + "A" * 33,
        "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY_",
        "whsec_" + "A" * 100_000,
        f"{SECRET}\n",
        f" {SECRET}",
    ],
)
def test_anything_else_is_no_secret(text: str) -> None:
    with pytest.raises(InvalidWebhookSecret, match="24 to 64 random bytes in base64"):
        WebhookSecret.parse(text)
