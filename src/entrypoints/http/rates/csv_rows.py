"""A conversion as a row of CSV."""

from application.rates.convert_best import BestConversion
from application.rates.convert_further import FurtherConversion
from domain.quotes.past_conversion import PastConversion
from domain.rates.conversion import Conversion
from domain.rates.median import MedianConversion
from entrypoints.http.server.csv_response import Row, iso_time

CONVERSION_COLUMNS = (
    "currency_from",
    "currency_to",
    "exchange",
    "amount",
    "rate",
    "result",
    "updated_at",
    "updated_at_iso",
)
PAST_COLUMNS = (*CONVERSION_COLUMNS, "at", "at_iso", "seconds_from_at")


def conversion_row(conversion: Conversion | FurtherConversion) -> Row:
    """Return the row of a conversion, without its legs."""
    if isinstance(conversion, BestConversion):
        return conversion_row(conversion.best)
    ends = conversion if isinstance(conversion, MedianConversion) else conversion.route
    return (
        *(ends.currency_from, ends.currency_to, ends.exchange),
        *(conversion.amount, conversion.rate, conversion.result),
        *(conversion.updated_at, iso_time(conversion.updated_at)),
    )


def past_row(conversion: PastConversion) -> Row:
    """Return the row of a conversion at a past moment, without what it is made of."""
    return (
        *(conversion.currency_from, conversion.currency_to, conversion.exchange),
        *(conversion.amount, conversion.rate, conversion.result),
        *(conversion.updated_at, iso_time(conversion.updated_at)),
        *(conversion.at, iso_time(conversion.at), conversion.seconds_from_at),
    )
