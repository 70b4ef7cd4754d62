"""Coinbase Exchange. The entry point refers to `entry_point.py`."""

NAME = "coinbase"
