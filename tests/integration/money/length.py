"""How much is moved: enough to break what is wrong in `make test`, all that is promised in `make test.money`."""

import os

IS_WHOLE = os.environ.get("CROSSRATE_TEST_MONEY") == "whole"

UNIT_MOVEMENTS = 10_000 if IS_WHOLE else 300
CREDITS = 500 if IS_WHOLE else 150
TRANSFERS = 400 if IS_WHOLE else 120
DUPLICATES = 64
WITHDRAWALS = 100

HISTORIES = 500 if IS_WHOLE else 8
STEPS = 50 if IS_WHOLE else 25

KILLS = 25 if IS_WHOLE else 2
CUTS = 100 if IS_WHOLE else 6
CLIENTS_GONE = 400 if IS_WHOLE else 40
