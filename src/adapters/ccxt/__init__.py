"""Exchanges through the library ccxt, an extra. `library.py` is the entry point; only it says what needs no import."""

PREFIX = "ccxt"
"""Before the colon in the names of its exchanges, such as `ccxt:gate`."""
