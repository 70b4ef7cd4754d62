"""Origins of web pages."""

from yarl import URL


def origin(text: str) -> str:
    """Return the origin as browsers write it: in lower case, without a usual port. Raises `ValueError`."""
    wrong = ValueError(
        f"has {text!r}, which is no origin; write a scheme, a host and perhaps a port: https://app.example"
    )
    try:
        url = URL(text)
        found = str(url.origin())
    except ValueError:
        raise wrong from None
    if url.path not in {"", "/"} or url.query_string or url.fragment or "*" in text:
        raise wrong
    return found
