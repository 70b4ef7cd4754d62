"""The search for secrets in logs finds them, in one process and in several, and nothing else."""

from pathlib import Path

import pytest

from tests.project import ROOT
from tests.secrecy import secret
from tests.servers.command import Ended, run_python

BEGINNING = """
import logging, sys
import pytest
from tests.secrecy import secret, secrets_of, searched, tokens
secret("not to be seen by anyone", "password")
secrets_of({"database_url": "postgresql://x:of-a-database@x/x", "jwt_secret": None})
tokens({"access_token": "a.b.the-signature", "key": "crk_0_the_rest_of_it"})
tokens({"refresh_token": "a.b." + "signature" * 5})
"""
CLEAN = """
def test_it(): print("not to be seen, by anyone", file=sys.stderr)
"""
LEAKS = """
@pytest.fixture
def early(): print("a.b.the-signature")
@pytest.fixture(scope="session")
def late():
    yield
    print("crk_0_the_rest_of_it")
def test_0(): print("Bearer%20xa.bx" + "signature" * 5 + "x")
def test_1(): print("x not to be seen by anyone x", file=sys.stderr)
def test_2(): logging.warning("it is %s", "not to be seen by anyone")
def test_3(early): pass
def test_4(tmp_path): (tmp_path / "server.log").write_text("GET /?password=of-a-database")
def test_5(): searched("it is: not to be seen by anyone", "what it wrote")
def test_6(late): pass
"""
FOUND = {
    "API key in captured stdout teardown of test_it.py::test_6",
    "access token in captured stdout setup of test_it.py::test_3",
    "database password in server.log",
    "refresh token in captured stdout call of test_it.py::test_0",
    "password in captured log call of test_it.py::test_2",
    "password in captured stderr call of test_it.py::test_1",
    "password in what it wrote",
}


async def run_of(tests: str, folder: Path, *options: str) -> Ended:
    """Run pytest over a file of tests, with nothing of the project's but what looks for secrets."""
    (folder / "test_it.py").write_text(BEGINNING + tests)
    arguments = ("-p", "tests.secrecy", "-p", "no:cacheprovider", "--rootdir", str(folder), *options, "test_it.py")
    environment = {"PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}  # of which some import for seconds
    return await run_python("-m", "pytest", *arguments, folder=folder, environment=environment)


@pytest.mark.parametrize("processes", [(), ("-p", "xdist", "--numprocesses", "2")], ids=["one process", "several"])
async def test_secrets_in_logs_fail_a_run_and_are_told_without_being_shown(
    tmp_path: Path, processes: tuple[str, ...]
) -> None:
    run = await run_of(LEAKS, tmp_path, *processes)
    assert run.status == pytest.ExitCode.TESTS_FAILED, run
    assert "7 passed" in run.output
    lines = run.output.partition("secrets in logs")[2].splitlines()
    assert {line for line in lines if " in " in line and "passed" not in line} == FOUND


async def test_a_run_whose_logs_show_none_passes(tmp_path: Path) -> None:
    run = await run_of(CLEAN, tmp_path)
    assert run.status == pytest.ExitCode.OK, run
    assert "secrets in logs" not in run.output


def test_what_would_be_found_anywhere_is_no_secret() -> None:
    with pytest.raises(ValueError, match="8 characters"):
        secret("short", "password")
    with pytest.raises(ValueError, match="repeat one character"):
        secret("x" * 32, "JWT secret")
