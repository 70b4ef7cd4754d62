"""Answers as the European Central Bank does: files of the rates of a day, of ninety days, and of two years."""

import io
import zipfile
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from functools import lru_cache

from domain.rates.bank_days import is_bank_day, latest_bank_day
from entrypoints.simulator.faults.kinds import EmptyList, Fault, FutureTime, Part, PastTime
from entrypoints.simulator.market.noise import chance, key_of
from entrypoints.simulator.reply import HTML, Body, Call, Reply
from entrypoints.simulator.venues.simulated_exchange import SimulatedExchange

DAILY, RECENT, HISTORY = "/eurofxref-daily.xml", "/eurofxref-hist-90d.xml", "/eurofxref-hist.zip"

_RECENT_DAYS, _HISTORY_DAYS = 90, 730
_XML, _ZIP = "text/xml", "application/zip"

# What one euro is worth, roughly: as the simulated market has it, where it trades the currency.
_PER_EURO = {
    "USD": "1.0800", "JPY": "161.20", "CZK": "25.210", "DKK": "7.4600", "GBP": "0.83500", "HUF": "411.00",
    "PLN": "4.2700", "RON": "4.9770", "SEK": "11.4500", "CHF": "0.9390", "ISK": "144.90", "NOK": "11.7300",
    "TRY": "37.2400", "AUD": "1.6700", "BRL": "6.0000", "CAD": "1.5100", "CNY": "7.8600", "HKD": "8.4000",
    "IDR": "17210.00", "ILS": "3.9500", "INR": "91.5000", "KRW": "1526.00", "MXN": "21.9000", "MYR": "4.8300",
    "NZD": "1.8500", "PHP": "63.200", "SGD": "1.4500", "THB": "37.200", "ZAR": "19.5000",
}  # fmt: skip
_MOST_MOVED = 0.004

_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01" '
    'xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref">\n\t<gesmes:subject>Reference rates</gesmes:subject>\n'
    "\t<gesmes:Sender>\n\t\t<gesmes:name>European Central Bank</gesmes:name>\n\t</gesmes:Sender>\n\t<Cube>\n"
)
_FOOT = "\t</Cube>\n</gesmes:Envelope>"


class SimulatedEcb(SimulatedExchange):
    """Publishes at the bank's own hours, by the clock of the simulator."""

    name = "ecb"
    paths = frozenset({DAILY, RECENT, HISTORY})
    window_seconds = 86400
    own_faults = frozenset({FutureTime, PastTime, EmptyList, Part})

    def weight(self, _: Call) -> int:
        """Return 1."""
        return 1

    def reply(self, call: Call) -> Reply:
        """Answer one call."""
        return _file(call.path, latest_bank_day(call.now), len(_PER_EURO))

    def answer_to(self, fault: Fault, honest: Callable[[], Reply], now: float) -> Reply | None:  # noqa: ARG002 -- made anew
        """Answer with the day's file from another time, or with few rates or none."""
        match fault:
            case FutureTime():
                return _file(DAILY, latest_bank_day(now + fault.seconds), len(_PER_EURO))
            case PastTime():
                return _file(DAILY, latest_bank_day(now - fault.seconds), len(_PER_EURO))
            case EmptyList():
                return _file(DAILY, latest_bank_day(now), 0)
            case Part():
                return _file(DAILY, latest_bank_day(now), fault.rows)
            case _:
                return None


def rates_of(day: date) -> dict[str, str]:
    """Return the digits of a day's rates, by currency."""
    return {code: _moved(code, text, day) for code, text in _PER_EURO.items()}


def _moved(code: str, text: str, day: date) -> str:
    factor = 1 + _MOST_MOVED * (chance(key_of(1, "reference", code, str(day))) - 0.5)
    return f"{float(text) * factor:.{len(text.partition('.')[2])}f}"


def _file(path: str, day: date, rows: int) -> Reply:
    if path == DAILY:
        return Reply(Body(_xml([day], rows)), 200, _XML)
    if path == RECENT:
        return Reply(Body(_xml(_days_to(day, _RECENT_DAYS), rows)), 200, _XML)
    if path == HISTORY:
        return Reply(_history(day), 200, _ZIP)
    return Reply(Body(b"<html><body>Not found</body></html>"), 404, HTML)


def _days_to(day: date, number: int) -> list[date]:
    """Return the bank's days of so many days, the newest first."""
    return [each for back in range(number) if is_bank_day(each := day - timedelta(back))]


def _xml(days: Iterable[date], rows: int) -> bytes:
    return (_HEAD + "".join(_cube(day, rows) for day in days) + _FOOT).encode()


def _cube(day: date, rows: int) -> str:
    rates = "".join(
        f"\t\t\t<Cube currency='{code}' rate='{rate}'/>\n" for code, rate in list(rates_of(day).items())[:rows]
    )
    return f"\t\t<Cube time='{day}'>\n{rates}\t\t</Cube>\n"


@lru_cache(maxsize=4)
def _history(day: date) -> Body:
    table = [",".join(["Date", *_PER_EURO, ""])]
    table += [",".join([str(each), *rates_of(each).values(), ""]) for each in _days_to(day, _HISTORY_DAYS)]
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("eurofxref-hist.csv", "\n".join(table) + "\n")
    return Body(packed.getvalue())
