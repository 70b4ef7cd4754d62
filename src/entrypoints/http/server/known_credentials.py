"""Which credentials were good the last time, so that guesses can be told from those who come again and again."""

import hashlib
from collections import OrderedDict

MOST = 10_000


class KnownCredentials:
    """The last `MOST` that proved good in this process, by their digests. What is in here still has to prove itself."""

    def __init__(self) -> None:
        self._digests: OrderedDict[bytes, None] = OrderedDict()

    def has(self, credential: str) -> bool:
        """Tell whether it was good the last time."""
        return _digest(credential) in self._digests

    def remember(self, credential: str) -> None:
        """Keep one that proved good, and forget the one that did so the longest ago where there are too many."""
        digest = _digest(credential)
        self._digests[digest] = None
        self._digests.move_to_end(digest)
        if len(self._digests) > MOST:
            self._digests.popitem(last=False)

    def forget(self, credential: str) -> None:
        """Keep one no longer that did not."""
        self._digests.pop(_digest(credential), None)


def _digest(credential: str) -> bytes:
    return hashlib.sha256(credential.encode(errors="surrogateescape")).digest()
