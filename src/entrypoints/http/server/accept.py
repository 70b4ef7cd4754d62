"""How much a client wants a media type, by its `Accept` headers (RFC 9110, 12.5.1)."""

import re

from aiohttp import web
from aiohttp.hdrs import ACCEPT

# Elements and their parameters, in which commas and semicolons may be quoted.
_ELEMENT = re.compile(r'(?:"[^"]*"|[^,"])+')
_PARAMETER = re.compile(r'(?:"[^"]*"|[^;"])+')
# No client says more, and hundreds of elements would cost more than most requests.
_LONGEST = 300

_WEIGHT = re.compile(r"[0-9]?(?:\.[0-9]*)?", re.ASCII)


class Accepted:
    """The weights of what a client accepts. Without a header it accepts everything."""

    def __init__(self, request: web.Request) -> None:
        text = ",".join(request.headers.getall(ACCEPT, ["*/*"]))[:_LONGEST].lower()
        self._weights = dict(map(_weighed, _ELEMENT.findall(text)))

    def weight(self, media_type: str) -> float:
        """Return the weight of the range that fits the type best; 0 where none fits."""
        ranges = (media_type, f"{media_type.partition('/')[0]}/*", "*/*")
        return next((self._weights[each] for each in ranges if each in self._weights), 0.0)

    def names(self, media_type: str) -> bool:
        """Tell whether the type itself is listed, and not merely a range that covers it."""
        return media_type in self._weights


def _weighed(media_range: str) -> tuple[str, float]:
    name, *parameters = (part.strip() for part in _PARAMETER.findall(media_range))
    weight = next((text[2:].strip() for text in parameters if text.startswith("q=")), "1")
    is_number = _WEIGHT.fullmatch(weight) is not None and weight.strip(".")
    return name, float(weight) if is_number else 0.0
