"""Parses the bank's files, without I/O: https://www.ecb.europa.eu/stats/policy_and_exchange_rates."""

import zipfile
import zlib
from collections.abc import Generator, Iterator
from io import BytesIO
from xml.etree.ElementTree import Element, ParseError

from defusedxml.ElementTree import fromstring

from adapters.ecb import NAME
from domain.rates.reference_rates import InvalidReferenceRates, ReferenceRates

# Ten times and more what the files are: 2 KB, 150 KB, 700 KB, and 2 MB inflated.
MAX_XML_BYTES = 2 * 1024 * 1024
MAX_CSV_BYTES = 32 * 1024 * 1024
MAX_DAYS = 20_000

# Before, the bank had other closing days.
FIRST_DAY = "2002-01-02"

_CUBE = "{http://www.ecb.int/vocabulary/2002-08-01/eurofxref}Cube"
_NOT_PUBLISHED = frozenset({"N/A", ""})
_CHUNK_BYTES = 64 * 1024

# RuntimeError: it is encrypted; NotImplementedError: its compression is unknown; IndexError: it is empty.
_UNREADABLE = (zipfile.BadZipFile, zlib.error, EOFError, IndexError, NotImplementedError, RuntimeError, ValueError)


def newest_in(body: bytes) -> ReferenceRates:
    """Parse `eurofxref-daily.xml`. Raises `InvalidReferenceRates`."""
    days = list(days_in(body))
    if len(days) != 1:
        raise InvalidReferenceRates(f"it has {len(days)} days instead of one")
    return days[0]


def days_in(body: bytes) -> Iterator[ReferenceRates]:
    """Parse the days of `eurofxref-hist-90d.xml`, one after the other. Raises `InvalidReferenceRates`."""
    if len(body) > MAX_XML_BYTES:
        raise InvalidReferenceRates(f"it has more than {MAX_XML_BYTES} bytes")
    try:
        root = fromstring(body, forbid_dtd=True)
    except (ParseError, ValueError, LookupError) as error:  # a ValueError for a DTD, a LookupError for an encoding
        raise InvalidReferenceRates("it is not XML, or has what the bank's XML never has") from error
    for cube in root.iterfind(f"{_CUBE}/{_CUBE}"):
        yield ReferenceRates.parse(NAME, cube.get("time", ""), _rates(cube))


def history_in(text: str) -> Iterator[ReferenceRates]:
    """Parse the table in `eurofxref-hist.zip`, which has the newest day first, from its end: the oldest day first.

    One after the other, since all of them together would take tens of megabytes. Raises `InvalidReferenceRates`.
    """
    head, *lines = text.splitlines() or [""]
    codes = [code.strip() for code in head.split(",")]
    if codes[0] != "Date" or len(lines) > MAX_DAYS:
        raise InvalidReferenceRates("it is not the bank's table")
    for line in reversed(lines):
        day, *digits = line.split(",")
        if day >= FIRST_DAY:
            pairs = zip(codes[1:], map(str.strip, digits), strict=False)  # each line ends with a comma
            yield ReferenceRates.parse(NAME, day, {code: rate for code, rate in pairs if rate not in _NOT_PUBLISHED})


def inflated(body: bytes) -> Generator[None, None, str]:
    """Inflate the table in `eurofxref-hist.zip` in steps, between which the caller can yield to the event loop.

    Raises `InvalidReferenceRates`.
    """
    chunks, size = [], 0
    try:
        with zipfile.ZipFile(BytesIO(body)) as archive, archive.open(archive.namelist()[0]) as file:
            while chunk := file.read(_CHUNK_BYTES):
                chunks.append(chunk)
                size += len(chunk)
                if size > MAX_CSV_BYTES:
                    raise InvalidReferenceRates(f"it has more than {MAX_CSV_BYTES} bytes")
                yield
        return b"".join(chunks).decode("ascii")
    except _UNREADABLE as error:
        raise InvalidReferenceRates("it is not a readable ZIP file of text") from error


def _rates(day: Element) -> dict[str, str]:
    rates: dict[str, str] = {}
    for cube in day.iterfind(_CUBE):
        code = cube.get("currency", "")
        if code in rates:
            raise InvalidReferenceRates("a currency occurs twice")
        rates[code] = cube.get("rate", "")
    return rates
