"""Reading JSON: everything that RFC 8259 allows, exactly, and nothing else."""

import json
import time
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrypoints.http.server.strict_json import LONGEST_INTEGER, JsonNumber, MalformedJson, loads

TEXTS = st.text(st.characters(codec="utf-8"))
DOCUMENTS = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**30), 10**30) | TEXTS,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(TEXTS, inner, max_size=5),
    max_leaves=20,
)


@given(DOCUMENTS, st.booleans(), st.sampled_from([None, 2]))
def test_what_json_can_say_is_read_as_it_was_written(document: object, is_ascii: bool, indent: int | None) -> None:
    assert loads(json.dumps(document, ensure_ascii=is_ascii, indent=indent).encode()) == document


@given(st.binary())
def test_any_bytes_are_read_or_rejected(body: bytes) -> None:
    with suppress(MalformedJson):  # and nothing else
        assert isinstance(loads(body), dict | list | str | int | JsonNumber | None)


@pytest.mark.parametrize(
    "number",
    ["0.1", "0.12345678901234567890123", "1e400", "1E+1000000", "-0.0", "1.0", "1e2", "0e0", "9" * 41, f"-{'9' * 40}"],
)
def test_a_number_that_is_no_short_integer_is_kept_as_it_was_written(number: str) -> None:
    assert loads(number.encode()) == JsonNumber(number)
    assert loads(f'{{"a": [{number}]}}'.encode()) == {"a": [JsonNumber(number)]}


@pytest.mark.parametrize("number", ["0", "-0", "1", "-1", "9" * LONGEST_INTEGER, "-" + "9" * (LONGEST_INTEGER - 1)])
def test_a_short_integer_is_one(number: str) -> None:
    document = loads(number.encode())
    assert document == int(number)
    assert type(document) is int


@pytest.mark.parametrize("number", ["9" * 5_000, "-" + "9" * 60_000, "1E+1000000", "1e-999999999", "0." + "9" * 60_000])
def test_no_number_takes_long_to_read(number: str) -> None:
    took = []
    for _ in range(5):
        started = time.perf_counter()
        assert loads(number.encode()) == JsonNumber(number)
        took.append(time.perf_counter() - started)
    assert min(took) < 0.01


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"NaN", "NaN is not a JSON value"),
        (b"[Infinity]", "Infinity is not a JSON value"),
        (b'{"a": -Infinity}', "-Infinity is not a JSON value"),
        (b'{"a": 1, "a": 1}', "an object has the same key twice"),
        (b'{"a": {"b": 1, "\\u0062": 2}}', "an object has the same key twice"),
        (b'"\xff"', "the body is not UTF-8"),
        (b'"\xed\xa0\x80"', "the body is not UTF-8"),
        ("{}".encode("utf-16"), "the body is not UTF-8"),
        (b'"\\ud800"', "the document has half a surrogate pair"),
        (b'{"\\udfff": 1}', "the document has half a surrogate pair"),
        (b'[[{"a": ["\\udc00\\ud800"]}]]', "the document has half a surrogate pair"),
        (b"[" * 60_000, "the document is nested too deeply"),
        (b'{"a":' * 10_000, "the document is nested too deeply"),
        (b"", "Expecting value at line 1, column 1"),
        (b"\xef\xbb\xbf\xef\xbb\xbf{}", "Expecting value at line 1, column 1"),
        ("{}".encode("utf-16-le"), "at line 1, column 2"),
        (b'{"a": 1\n, }', "at line 2, column 3"),
        (b"{} {}", "Extra data at line 1, column 4"),
    ],
)
def test_what_is_malformed_is_rejected_with_the_reason(body: bytes, reason: str) -> None:
    with pytest.raises(MalformedJson) as refused:
        loads(body)
    assert reason in str(refused.value)


def test_a_whole_surrogate_pair_is_one_character() -> None:
    assert loads(b'"\\ud83d\\ude00"') == "\U0001f600"


@pytest.mark.parametrize("whole", ["[" * 3_000 + "]" * 3_000, '{"a":' * 3_000 + "1" + "}" * 3_000])
def test_senseless_nesting_is_rejected_even_if_it_is_well_formed(whole: str) -> None:
    with pytest.raises(MalformedJson):
        loads(whole.encode())


def test_every_depth_is_either_read_or_rejected() -> None:
    # An escape has the document walked after it was read: just under the limit, that walk is what fails.
    outcomes = set()
    for depth in range(1, 1_500):
        try:
            loads(b"[" * depth + b'"\\u0041"' + b"]" * depth)
            outcomes.add("read")
        except MalformedJson:
            outcomes.add("refused")
    assert outcomes == {"read", "refused"}


def test_a_byte_order_mark_is_skipped() -> None:
    assert loads(b'\xef\xbb\xbf{"a": 1}') == {"a": 1}
