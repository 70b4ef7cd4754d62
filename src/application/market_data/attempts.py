"""How often a request asks an exchange that fails in passing."""

MAX_ATTEMPTS = 2

# No jitter: callers who shared a failure retry together, and so share the second fetch too.
RETRY_AFTER_SECONDS = 0.05
