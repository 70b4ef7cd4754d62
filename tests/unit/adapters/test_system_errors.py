"""What is said about errors of the system, of resolvers and of TLS."""

import socket
import ssl
from errno import ECONNREFUSED, ENOSPC

import pytest

from adapters.system_errors import with_reason

ADDRESS = ("10.0.0.1", 6379)


def certificate_error() -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError(1, "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed")
    error.verify_message = "certificate has expired"
    return error


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (ConnectionRefusedError(ECONNREFUSED, f"Connect call failed {ADDRESS}"), "Connection refused"),
        (OSError(ENOSPC, "text"), "No space left on device"),
        (socket.gaierror(-2, "Name or service not known"), "Name or service not known"),
        (certificate_error(), "certificate rejected, certificate has expired"),
        (ssl.SSLError(1, "text"), "TLS failed, for an unknown reason"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_the_system_error_behind_a_librarys_is_named_without_its_address(error: OSError, reason: str) -> None:
    library = LookupError("no connection to", ADDRESS)
    library.__context__ = error  # some leave out `from`
    assert with_reason(library) == f"LookupError, {reason}"
    assert with_reason(error) == f"{type(error).__name__}, {reason}"


def test_an_error_without_such_a_reason_is_told_by_its_kind() -> None:
    assert with_reason(TimeoutError()) == "TimeoutError"
    assert with_reason(ValueError("secret")) == "ValueError"
