"""The parameter `format`, or else the weights in `Accept`, decide between JSON and CSV."""

import pytest
from aiohttp.test_utils import make_mocked_request
from multidict import CIMultiDict

from entrypoints.http.server.format import wants_csv


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("text/csv", True),
        ("TEXT/CSV; header=present", True),
        ("text/csv, */*;q=0.1", True),
        ("text/csv, */*", True),
        ("text/csv, application/json", True),
        ("application/json;q=0.5, text/csv;q=0.6", True),
        ("text/csv ; q=.5, application/json;q=0.4", True),
        ("application/json;q=0, */*", True),
        ("text/*", True),
        ('text/csv;note="a, b;q=0"', True),
        ("application/json, text/csv;q=0.5", False),
        ("text/csv;q=0.9, */*", False),
        ("text/csv;q=0", False),
        ("text/csv;q=0.0, */*", False),
        ("text/csv;Q=0", False),
        ("text/csv;q=nonsense", False),
        ("text/csv;q=nan", False),
        ("text/csv;q=-1", False),
        ("text/csv;q=", False),
        ("*/*", False),
        ("application/xml", False),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", False),
        ("", False),
        (",", False),
    ],
)
def test_the_format_with_the_greater_weight_is_chosen(accept: str, *, expected: bool) -> None:
    request = make_mocked_request("GET", "/", headers={"Accept": accept})
    assert wants_csv(request, None) is expected
    assert wants_csv(request, "csv")
    assert not wants_csv(request, "json")


def test_without_a_header_it_is_json() -> None:
    assert not wants_csv(make_mocked_request("GET", "/"), None)


def test_a_header_that_is_given_twice_is_read_as_one() -> None:
    headers = CIMultiDict([("Accept", "application/json;q=0.5"), ("Accept", "text/csv")])
    assert wants_csv(make_mocked_request("GET", "/", headers=headers), None)
