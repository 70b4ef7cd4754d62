"""Which credentials were valid the last time, to distinguish returning callers from guesses."""

import hashlib

from cachetools import LRUCache

MOST = 10_000


class VerifiedCredentials:
    """Digests of the last `MOST` valid credentials of this process. They are verified again with every request."""

    def __init__(self, most: int = MOST) -> None:
        self._digests: LRUCache[bytes, None] = LRUCache(most)

    def __contains__(self, credential: str) -> bool:
        """Tell whether it was valid the last time."""
        return _digest(credential) in self._digests

    def add(self, credential: str) -> None:
        """Keep a valid one; when full, drop the one whose last verification is the longest ago."""
        self._digests[_digest(credential)] = None

    def discard(self, credential: str) -> None:
        """Drop one that is no longer valid."""
        self._digests.pop(_digest(credential), None)


def _digest(credential: str) -> bytes:
    return hashlib.sha256(credential.encode(errors="surrogateescape")).digest()
