"""`/` gives programs links to everything else."""

import pytest
from aiohttp.test_utils import make_mocked_request

from entrypoints.http.docs.index import prefers_html

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.mark.parametrize(
    ("accept", "is_browser"),
    [
        (BROWSER, True),
        ("text/html", True),
        ("TEXT/HTML;q=0.5", True),
        ("*/*", False),
        ("", False),
        ("application/json", False),
        ("text/html;q=0", False),
        ("text/html;q=0.4, application/json", False),
        ("text/html;q=nonsense", False),
    ],
)
def test_the_accept_header_tells_browsers_from_programs(accept: str, is_browser: bool) -> None:
    assert prefers_html(make_mocked_request("GET", "/", headers={"Accept": accept})) is is_browser
