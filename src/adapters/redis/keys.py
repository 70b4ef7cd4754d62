"""Names of keys in Redis."""

import hashlib
from urllib.parse import urlsplit

from adapters.redis.encoding import VERSION

# The prefix of all names in Redis, unless the installation configures its own.
DEFAULT_PREFIX = "crossrate"

# The hash of an exchange's fetch lock.
FETCH_LOCK = "fetch_lock"

# The expiry of every key that no process renews.
TTL_SECONDS = 24 * 3600


def key_prefix(installation: str, exchange: str, source: str) -> str:
    """Return the prefix of an installation's keys for an exchange whose URL is `source`.

    The part in braces is a hash tag of Redis Cluster: it puts an exchange's keys in one slot, which scripts require.
    """
    return f"{installation}:v{VERSION}:{{{exchange}:{hashlib.sha256(source.encode()).hexdigest()[:12]}}}:"


def without_credentials(source: str) -> str:
    """Return the URL without username and password."""
    parts = urlsplit(source)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
