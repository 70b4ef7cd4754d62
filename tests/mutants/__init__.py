"""Small faults in the code of money, each with the test that finds it: `make test.mutants`."""
