"""OKX. The entry point refers to `entry_point.py`."""

NAME = "okx"
