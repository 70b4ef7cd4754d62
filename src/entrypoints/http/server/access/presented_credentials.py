"""The credentials that a request carries, and which of them is meant for this service."""

import binascii
from base64 import b64decode
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from aiohttp import hdrs, web

from domain.identity.errors import InvalidCredentials
from domain.identity.key_secret import KeySecret
from entrypoints.http.server.access.session_cookies import ACCESS_COOKIE, session_cookie
from entrypoints.http.server.app_keys import ACCEPTS_KEY_IN_QUERY

KEY_HEADER = "X-API-Key"
KEY_PARAMETER = "api_key"

# More than proxies in front would add. Each may need a signature checked.
MOST = 4

_HOW = (
    f"send an access token as {hdrs.AUTHORIZATION}: Bearer, or an API key as {KEY_HEADER}, as Bearer or as the "
    "password of Basic"
)
_READING = frozenset({hdrs.METH_GET, hdrs.METH_HEAD})


@dataclass(frozen=True, slots=True)
class Credential:
    """An API key or an access token, as it was sent. Browsers send a cookie unasked, so it proves less."""

    text: str = field(repr=False)
    is_key: bool
    is_cookie: bool = False


def credential_of(request: web.Request, is_own_token: Callable[[str], bool]) -> Credential:
    """Return the request's one credential. Raises `InvalidCredentials` if it has none, or several of this service.

    A proxy in front may use the same headers for its own credentials. Beside one of ours, these are ignored: keys that
    do not look like ours, and tokens for which `is_own_token` is false. A cookie of the page counts if there is nothing
    else.
    """
    found = list(dict.fromkeys(_presented(request)))
    if not found:
        cookie = session_cookie(request, ACCESS_COOKIE)
        if cookie is not None:
            return Credential(cookie, is_key=False, is_cookie=True)
        raise InvalidCredentials(_why_none(request))
    if len(found) == 1:
        return found[0]
    if len(found) > MOST:
        raise InvalidCredentials("too many credentials at once")
    ours = [each for each in found if (KeySecret.looks_like(each.text) if each.is_key else is_own_token(each.text))]
    if len(ours) > 1:
        raise InvalidCredentials("two different credentials at once; send one of them")
    return (ours or found)[0]


def is_read_only(request: web.Request) -> bool:
    """Tell whether the request's method changes nothing."""
    return request.method in _READING


def _presented(request: web.Request) -> Iterator[Credential]:
    for key in request.headers.getall(KEY_HEADER, ()):
        yield Credential(key, is_key=True)
    for scheme, rest in _authorizations(request):
        if scheme == "bearer":
            yield Credential(rest, is_key=KeySecret.looks_like(rest))
        elif scheme == "basic" and not _may_be_forged(request):
            yield from _key_in_basic(rest)
    if request.app[ACCEPTS_KEY_IN_QUERY] and is_read_only(request):
        for key in filter(None, request.query.getall(KEY_PARAMETER, ())):
            yield Credential(key, is_key=True)


def _authorizations(request: web.Request) -> Iterator[tuple[str, str]]:
    """Yield the scheme, in lower case, and the rest of each Authorization header."""
    for header in request.headers.getall(hdrs.AUTHORIZATION, ()):
        scheme, _, rest = header.partition(" ")
        yield scheme.lower(), rest.strip()


def _key_in_basic(parameters: str) -> Iterator[Credential]:
    """Yield the key: the password, or the user name if the password is empty."""
    for text in reversed(_name_and_password(parameters)):
        if KeySecret.looks_like(text):
            yield Credential(text, is_key=True)
            return


def _name_and_password(parameters: str) -> tuple[str, ...]:
    """Return both without surrounding space, which pasting adds; an empty tuple if they are malformed."""
    try:
        name, colon, password = b64decode(parameters, validate=True).decode("latin-1").partition(":")
    except (binascii.Error, ValueError):
        return ()
    return (name.strip(), password.strip()) if colon else ()


def _may_be_forged(request: web.Request) -> bool:
    """Tell whether another site may have caused it: browsers send the Basic credentials they know unasked."""
    sites = request.headers.getall("Sec-Fetch-Site", [])
    return not is_read_only(request) and not {"cross-site", "same-site"}.isdisjoint(sites)


def _why_none(request: web.Request) -> str:
    for scheme, rest in _authorizations(request):
        if scheme == "basic" and not _name_and_password(rest):
            return "the Basic credentials are malformed: they must be `name:key` in base64"
        if scheme == "basic" and _may_be_forged(request):
            return f"for another site, a browser may only read with Basic credentials; send {KEY_HEADER}"
    if request.query.get(KEY_PARAMETER):
        return f"no API key is accepted in the query of this request; {_HOW}"
    return _HOW
