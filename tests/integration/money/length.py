"""How much is moved: enough to break what is wrong in `make test`, all that is promised in `make test.money`."""

import os

IS_WHOLE = os.environ.get("CROSSRATE_TEST_MONEY") == "whole"

UNIT_MOVEMENTS = 10_000 if IS_WHOLE else 40
CREDITS = 500 if IS_WHOLE else 30
TRANSFERS = 400 if IS_WHOLE else 30
DUPLICATES = 64
ROUNDS_OF_DUPLICATES = 20 if IS_WHOLE else 2
WITHDRAWALS = 100

# Over each of the two databases.
HISTORIES = 250 if IS_WHOLE else 3
STEPS = 50 if IS_WHOLE else 25

# Of a worker of the service and of Postgres; and of the whole service, which takes longest to start.
KILLS = 17 if IS_WHOLE else 2
SERVICE_KILLS = 17 if IS_WHOLE else 1
CUTS = 100 if IS_WHOLE else 6
CLIENTS_GONE = 400 if IS_WHOLE else 20

# In each table besides those of wallets and of the ledger.
ROWS_TO_UPGRADE = 20_000 if IS_WHOLE else 50
DAYS_TO_UPGRADE = 365 if IS_WHOLE else 30
