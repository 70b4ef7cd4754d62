"""What Postgres stores in place of a password, so that no statement or log has the password itself."""

import hmac
import secrets
import unicodedata
from base64 import b64encode
from hashlib import pbkdf2_hmac, sha256

ITERATIONS = 4096
SALT_BYTES = 16


def scram_verifier(password: str) -> str:
    """Return a verifier of SCRAM-SHA-256 (RFC 5803), as Postgres writes it.

    NFKC stands for the normalisation of SASLprep, which leaves ASCII as it is.
    """
    salt = secrets.token_bytes(SALT_BYTES)
    salted = pbkdf2_hmac("sha256", unicodedata.normalize("NFKC", password).encode(), salt, ITERATIONS)
    stored_key = sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server_key = hmac.digest(salted, b"Server Key", "sha256")
    shown = [b64encode(part).decode() for part in (salt, stored_key, server_key)]
    return f"SCRAM-SHA-256${ITERATIONS}:{shown[0]}${shown[1]}:{shown[2]}"
