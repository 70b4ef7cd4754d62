"""The port to what keeps passwords and secrets out of the records."""

from typing import Protocol


class Sealer(Protocol):
    """Works with a secret of the installation, which is not in the database."""

    def fingerprint(self, document: bytes) -> bytes:
        """Return 32 bytes that are the same for the same document, and tell nothing about it without the secret."""
        ...

    def seal(self, document: bytes, fingerprint: bytes) -> bytes:
        """Encrypt a document for the record with this fingerprint."""
        ...

    def open(self, sealed: bytes, fingerprint: bytes) -> bytes:
        """Decrypt it."""
        ...
