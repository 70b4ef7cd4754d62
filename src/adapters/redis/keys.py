"""What the keys in Redis are called."""

import hashlib

from adapters.redis.encoding import VERSION

# Beside the listing and the books of an exchange: whose turn it is to ask it. A hash.
FETCH_LOCK = "turns"

# What no process has renewed for a day is of no use to anyone.
KEEP_SECONDS = 24 * 3600


def key_prefix(exchange: str, source: str) -> str:
    """Return what the keys of an exchange begin with when it is asked at `source`."""
    return f"crossrate:v{VERSION}:{exchange}:{hashlib.sha256(source.encode()).hexdigest()[:12]}:"
