"""Bounds on moments, which are Unix seconds everywhere."""

# The end of the year 9999: the last year of `datetime`, and of ISO 8601 with four digits.
LATEST_MOMENT = 253_402_300_799
