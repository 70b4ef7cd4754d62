"""Tests meet the same services when they run alone as in a whole run, whose collection imports everything."""

import sys

from entrypoints.http.endpoints import PAGES, PATHS


def test_all_endpoints_are_imported_before_the_first_test() -> None:
    assert {f"entrypoints.http.{module}" for module in (*PATHS, *PAGES)} <= sys.modules.keys()
