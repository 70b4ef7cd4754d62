"""The bank's files, made from publications."""

import io
import zipfile
from collections.abc import Mapping, Sequence

NAMESPACES = (
    'xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01" xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref"'
)

Days = Sequence[tuple[str, Mapping[str, str]]]


def xml(days: Days, before: str = "") -> bytes:
    cubes = "".join(
        f"<Cube time='{day}'>" + "".join(f"<Cube currency='{code}' rate='{rate}'/>" for code, rate in rates.items())
        + "</Cube>"
        for day, rates in days
    )  # fmt: skip
    head = f"<?xml version='1.0' encoding='UTF-8'?>{before}<gesmes:Envelope {NAMESPACES}>"
    return f"{head}<gesmes:subject>Reference rates</gesmes:subject><Cube>{cubes}</Cube></gesmes:Envelope>".encode()


def table(days: Days) -> str:
    """Write the CSV as the bank does: N/A for what is not published, and a comma at the end of each line."""
    codes = list(dict.fromkeys(code for _, rates in days for code in rates))
    rows = [["Date", *codes, ""], *([day, *(rates.get(code, "N/A") for code in codes), ""] for day, rates in days)]
    return "".join(",".join(row) + "\n" for row in rows)


def packed(text: str | bytes, name: str = "eurofxref-hist.csv") -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, text)
    return file.getvalue()
