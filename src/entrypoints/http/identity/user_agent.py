"""What a client calls itself."""

from aiohttp import hdrs, web

from domain.identity.session import MAX_USER_AGENT_LENGTH


def user_agent_of(request: web.Request) -> str | None:
    """Return the `User-Agent` without what cannot be printed or stored, cut to a length; None if nothing is left."""
    text = "".join(filter(str.isprintable, request.headers.get(hdrs.USER_AGENT, "")))
    return text[:MAX_USER_AGENT_LENGTH].strip() or None
