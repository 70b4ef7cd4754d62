"""Alpha Vantage, a quote source for fiat currencies."""

NAME = "alphavantage"
