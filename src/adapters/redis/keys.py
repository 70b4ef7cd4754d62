"""The names of the keys in Redis."""

import hashlib

from adapters.redis.encoding import VERSION

# The hash of an exchange's fetch lock.
FETCH_LOCK = "fetch_lock"

# Nobody needs what no process has renewed for a day.
KEEP_SECONDS = 24 * 3600


def key_prefix(exchange: str, source: str) -> str:
    """Return the prefix of the keys of an exchange whose URL is `source`."""
    return f"crossrate:v{VERSION}:{exchange}:{hashlib.sha256(source.encode()).hexdigest()[:12]}:"
