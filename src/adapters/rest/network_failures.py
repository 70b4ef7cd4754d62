"""Why a call did not get an answer, in one clause.

It never repeats an error's own text where that may contain what the exchange sent, a query, or a password.
"""

import ssl
from functools import singledispatch

import aiohttp
from aiohttp.http_exceptions import LineTooLong
from yarl import URL

from adapters.system_errors import readable

_PROXY_AUTHENTICATION_REQUIRED = 407

# OpenSSL's numbers for certificates without a trusted issuer.
_UNTRUSTED = frozenset({18, 19, 20, 21})


@singledispatch
def network_failure(error: Exception, proxy: URL | None) -> str:
    """Return the reason; `proxy` is the one that the call went through."""
    return f"the connection broke{through(proxy)}: {type(error).__name__}"


def proxy_rejection(proxy: URL | None) -> str:
    """Return what a 407 means."""
    return _of_the_proxy(_PROXY_AUTHENTICATION_REQUIRED, proxy)


def through(proxy: URL | None) -> str:
    """Name the proxy in a clause about a connection; nothing without one."""
    return "" if proxy is None else f" through the proxy {_address(proxy.host, proxy.port)}"


@network_failure.register
def _http_proxy(error: aiohttp.ClientHttpProxyError, proxy: URL | None) -> str:
    return _of_the_proxy(error.status, proxy)


@network_failure.register
def _certificate(error: aiohttp.ClientConnectorCertificateError, _: URL | None) -> str:
    reason = error.certificate_error
    if not isinstance(reason, ssl.SSLCertVerificationError):
        return "its certificate is rejected"
    hint = "; SSL_CERT_FILE names your own authority" if reason.verify_code in _UNTRUSTED else ""
    return f"its certificate is rejected: {reason.verify_message.rstrip('.')}{hint}"


@network_failure.register
def _tls(error: aiohttp.ClientConnectorSSLError, _: URL | None) -> str:
    return f"no connection to {_address(error.host, error.port)}: {readable(error.os_error)}"


@network_failure.register
def _name(error: aiohttp.ClientConnectorDNSError, proxy: URL | None) -> str:
    return f"the name {error.host}{_of(proxy)} could not be resolved: {readable(error.os_error)}"


@network_failure.register
def _connector(error: aiohttp.ClientConnectorError, proxy: URL | None) -> str:
    return f"no connection to {_address(error.host, error.port)}{_of(proxy)}: {readable(error.os_error)}"


@network_failure.register
def _closed(_: aiohttp.ServerDisconnectedError, proxy: URL | None) -> str:
    return f"the connection{through(proxy)} was closed without an answer"


@network_failure.register
def _head(error: aiohttp.ClientResponseError, _: URL | None) -> str:
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, LineTooLong):
        cause = cause.__cause__
    if cause is not None:
        return f"a header of its answer is over {cause.args[1]} bytes"
    # The text after the colon is a part of the answer.
    return f"its answer is not valid HTTP: {error.message.partition(':')[0]}"


@network_failure.register
def _url(_: aiohttp.InvalidURL, __: URL | None) -> str:
    return "its URL is not valid"


@network_failure.register
def _broken(error: OSError, proxy: URL | None) -> str:
    return f"the connection broke{through(proxy)}: {readable(error)}"


def _of(proxy: URL | None) -> str:
    # With a proxy, only the proxy is connected to.
    return "" if proxy is None else " of the proxy"


def _of_the_proxy(status: int, proxy: URL | None) -> str:
    name = "the proxy" if proxy is None else f"the proxy {_address(proxy.host, proxy.port)}"
    if status != _PROXY_AUTHENTICATION_REQUIRED:
        return f"{name} does not connect to it: HTTP {status}"
    if proxy is None or proxy.user is None:
        return f"{name} requires a user and password: HTTP 407"
    return f"{name} rejects the user and password: HTTP 407"


def _address(host: str | None, port: int | None) -> str:
    return f"[{host}]:{port}" if host and ":" in host else f"{host}:{port}"
