"""How long each fault lasts: short in `make test`, full in `make test.resilience`."""

import os

VARIABLE = "CROSSRATE_TEST_RESILIENCE"
IS_WHOLE = os.environ.get(VARIABLE) == "whole"

FAULT_SECONDS = 20.0 if IS_WHOLE else 2.5  # longer than an attempt's timeout
