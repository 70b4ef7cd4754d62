"""How long each fault lasts: short where everything is tested, whole in `make test.resilience`."""

import os

VARIABLE = "CROSSRATE_TEST_RESILIENCE"
IS_WHOLE = os.environ.get(VARIABLE) == "whole"

FAULT_SECONDS = 20.0 if IS_WHOLE else 2.5  # and longer than an attempt at an exchange may take
