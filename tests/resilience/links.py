"""The names of the service's connections that pass through a proxy."""

FIRST = "binance"
SECOND = "kucoin"
REDIS = "redis"

EXCHANGES = (FIRST, SECOND)
