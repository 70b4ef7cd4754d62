"""Reasons given by the operating system, a resolver or TLS, without addresses and without data from a server."""

import os
import ssl


def readable(error: OSError) -> str:
    """Return the reason in a few words."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"certificate rejected, {error.verify_message.rstrip('.')}"
    if isinstance(error, ssl.SSLError):
        reason = getattr(error, "reason", None) or "for an unknown reason"  # only errors raised by OpenSSL have it
        return f"TLS failed, {reason.replace('_', ' ').lower()}"
    # Positive numbers are the system's: event loops word those errors differently. Resolvers' numbers are negative.
    if error.errno is not None and error.errno > 0:
        return os.strerror(error.errno)
    return error.strerror or type(error).__name__


def with_reason(error: BaseException) -> str:
    """Return the kind of an error, and the reason of the system error behind it."""
    kind = type(error).__name__
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError) and (cause.errno or cause.strerror):
            return f"{kind}, {readable(cause)}"
        cause = cause.__cause__ or cause.__context__
    return kind
