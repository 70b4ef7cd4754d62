"""The connections of the service that a proxy stands in, by name."""

FIRST = "binance"
SECOND = "kucoin"
REDIS = "redis"

EXCHANGES = (FIRST, SECOND)
