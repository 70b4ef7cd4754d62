"""The cookies that keep the page signed in: how they are named and set, and for which requests they count."""

import re
from ipaddress import ip_address

from aiohttp import hdrs, web

from application.identity.issue_token_pair import REFRESH_SECONDS, TokenPair
from domain.identity.errors import InvalidCredentials
from entrypoints.http.server.client_address import is_trusted
from entrypoints.http.server.rate_limiting import TRUSTED_PROXIES

ACCESS_COOKIE = "crossrate-access"
REFRESH_COOKIE = "crossrate-refresh"

# Browsers let only the host itself set such a cookie, over TLS, for all its paths: no other host can plant one.
HOST_PREFIX = "__Host-"

# Names the session that the page believes in, with whatever changes something.
SESSION_HEADER = "X-Session-Id"

_FETCH_SITE = "Sec-Fetch-Site"

_PORT = re.compile(r":[0-9]*\Z", re.ASCII)


def is_from_own_page(request: web.Request) -> bool:
    """Tell whether a page of this very origin sent the request, or a client that is no browser.

    Browsers tell the truth in both headers, and no script can set either. `Sec-Fetch-Site` is missing over plain HTTP
    and from old browsers, which send `Origin` with whatever another origin could read or change. Of a header that is
    repeated, as no browser sends it, every value counts.
    """
    if sites := request.headers.getall(_FETCH_SITE, []):
        return all(site == "same-origin" for site in sites)
    own = f"{'https' if _is_over_tls(request) else 'http'}://{request.host}"
    return all(origin == own for origin in request.headers.getall(hdrs.ORIGIN, []))


def is_tls_hidden(request: web.Request) -> bool:
    """Tell whether a proxy keeps from the service which host a browser asks by https, or that it is https.

    Requests that read come without `Origin`, so cookies named by it would not be found again.
    """
    scheme, _, host = request.headers.get(hdrs.ORIGIN, "").partition("://")
    is_other_host = _without_port(host) != _without_port(request.host)
    return scheme == "https" and (is_other_host or not _is_over_tls(request))


def session_cookie(request: web.Request, name: str) -> str | None:
    """Return the value of one of the two cookies; None if there is none, or if another site's page asks.

    Raises `InvalidCredentials` for two different ones: another host of the same domain may have planted one.
    """
    values = session_cookies(request, name)
    if len(values) > 1:
        raise InvalidCredentials("two different session cookies at once; delete this site's cookies and sign in again")
    return values[0] if values else None


def session_cookies(request: web.Request, name: str) -> list[str]:
    """Return the different values of one of the two cookies; none if another site's page asks."""
    values = _values(request, _full_name(request, name))
    return values if values and is_from_own_page(request) else []


def set_session_cookies(request: web.Request, response: web.StreamResponse, tokens: TokenPair) -> None:
    """Keep the tokens in the browser, where no script can read them, for as long as each is valid."""
    for name, token, seconds in (
        (ACCESS_COOKIE, tokens.access_token, tokens.expires_in),
        (REFRESH_COOKIE, tokens.refresh_token, REFRESH_SECONDS),
    ):
        _set(request, response, name, token, seconds)


def delete_session_cookies(request: web.Request, response: web.StreamResponse) -> None:
    """Have the browser forget both."""
    for name in (ACCESS_COOKIE, REFRESH_COOKIE):
        _set(request, response, name, "", 0)


def _set(request: web.Request, response: web.StreamResponse, name: str, value: str, seconds: int) -> None:
    response.set_cookie(
        _full_name(request, name),
        value,
        max_age=seconds,
        path="/",
        secure=_is_over_tls(request),
        httponly=True,
        samesite="Strict",
    )


def _values(request: web.Request, name: str) -> list[str]:
    """Return the different values of all cookies of this name; aiohttp's own reader keeps the last one only."""
    cookies = ";".join(request.headers.getall(hdrs.COOKIE, ()))
    if name not in cookies:
        return []  # at once, however many others there are
    found = (part.strip().partition("=") for part in cookies.split(";") if name in part)
    return list(dict.fromkeys(value for each, _, value in found if each == name and value))


def _without_port(host: str) -> str:
    return _PORT.sub("", host.lower())


def _full_name(request: web.Request, name: str) -> str:
    return f"{HOST_PREFIX}{name}" if _is_over_tls(request) else name


def _is_over_tls(request: web.Request) -> bool:
    """Tell whether the browser reached the service by https, as far as that can be known behind a proxy.

    Browsers send `Sec-Fetch-Site` only where they trust the connection: over TLS, and to their own machine.
    """
    if request.secure or (_FETCH_SITE in request.headers and not _is_loopback(request.url.host or "")):
        return True
    is_forwarded = request.headers.get("X-Forwarded-Proto", "").lower() == "https"
    return is_forwarded and is_trusted(request.remote or "", request.app[TRUSTED_PROXIES])


def _is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
