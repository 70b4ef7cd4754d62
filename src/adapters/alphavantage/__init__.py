"""Alpha Vantage, a source of rates between currencies of states."""

NAME = "alphavantage"
