"""Publications of the bank."""

from datetime import date

from domain.rates.reference_rates import ReferenceRates

TUESDAY, WEDNESDAY = date(2023, 4, 18), date(2023, 4, 19)

# Of the real day, 18 April 2023.
RATES = {
    "USD": "1.0972", "JPY": "146.89", "BGN": "1.9558", "CZK": "23.373", "DKK": "7.4513", "GBP": "0.88143",
    "HUF": "371.68", "PLN": "4.6180", "RON": "4.9357", "SEK": "11.2955", "CHF": "0.9831", "NOK": "11.4675",
    "TRY": "21.2812", "AUD": "1.6276", "BRL": "5.3899", "CAD": "1.4679", "CNY": "7.5436", "ZAR": "19.9299",
}  # fmt: skip


def publication(day: date = TUESDAY, **changed: str | None) -> ReferenceRates:
    """Return the rates, with some of them changed; None takes one out."""
    rates = {code: rate for code, rate in (RATES | changed).items() if rate is not None}
    return ReferenceRates.parse("ecb", day.isoformat(), rates)
