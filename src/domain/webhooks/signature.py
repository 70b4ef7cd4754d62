"""Secrets and signatures of webhooks, as the Standard Webhooks specification defines them.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import binascii
import hmac
import re
import secrets
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self
from uuid import UUID

from domain.webhooks.errors import InvalidWebhookSecret

PREFIX = "whsec_"
FEWEST_BYTES, MOST_BYTES = 24, 64
_NEW_BYTES = 32
_BASE64 = re.compile(r"[A-Za-z0-9+/]{0,88}={0,2}", re.ASCII)


@dataclass(frozen=True, slots=True)
class WebhookSecret:
    """The key that signs what is sent to a webhook. Its text is `whsec_` and the key in base64; `repr` hides it."""

    key: bytes = field(repr=False)

    @classmethod
    def generate(cls) -> Self:
        """Make one at random."""
        return cls(secrets.token_bytes(_NEW_BYTES))

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read one. Raises `InvalidWebhookSecret`."""
        encoded = text.removeprefix(PREFIX)
        try:
            key = b64decode(encoded, validate=True) if _BASE64.fullmatch(encoded) else b""
        except binascii.Error:
            key = b""
        if not text.startswith(PREFIX) or not FEWEST_BYTES <= len(key) <= MOST_BYTES:
            raise InvalidWebhookSecret(
                f"must be {PREFIX} and {FEWEST_BYTES} to {MOST_BYTES} random bytes in base64; leave it out to get one"
            )
        return cls(key)

    @property
    def text(self) -> str:
        """The secret as its owner keeps it."""
        return PREFIX + b64encode(self.key).decode()

    def headers(self, event_id: UUID, body: bytes, at: int) -> Mapping[str, str]:
        """Return the headers that go with an event which is sent at this Unix second."""
        signed = f"{event_id}.{at}.".encode() + body
        signature = b64encode(hmac.digest(self.key, signed, "sha256")).decode()
        return {"webhook-id": str(event_id), "webhook-timestamp": str(at), "webhook-signature": f"v1,{signature}"}
