"""A pytest plugin that searches all logs for the secrets that tests use. Tests register each secret here.

At its end a run searches the captured output of each test, every `*.log` that a server wrote into a folder of the run,
and what was passed to `searched`. With pytest-xdist each process searches its own.
"""

import re
from collections.abc import Generator, Iterable, Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

import pytest

# Anything shorter may be part of a word or number in a log by chance.
SHORTEST = 8

_IN_ONE_PIECE = re.compile(r"[A-Za-z0-9_-]{40,}")

_IN_SETTINGS = {
    "jwt_secret": "JWT secret",
    "alphavantage_api_key": "Alpha Vantage key",
    "database_password": "database password",
    "redis_password": "Redis password",
}
_IN_ADDRESSES = {"database_url": "database password", "redis_url": "Redis password"}
_WORKERS_FINDINGS = "secrets_in_logs"

_secrets: dict[str, str] = {}
_logs: list[tuple[str, str]] = []
_folder: list[Path] = []
_findings: list[str] = []


def secret(text: str, what: str) -> str:
    """Register `text` as a secret, and return it; `what` names it in the report."""
    if len(text) < SHORTEST:
        raise ValueError(f"a {what} for tests must have {SHORTEST} characters at least, to be distinct from other text")
    if len(set(text)) == 1:
        raise ValueError(f"a {what} for tests must not repeat one character, as long inputs do that other tests send")
    _secrets[text] = what
    return text


def tokens(answer: Mapping[str, str]) -> Mapping[str, str]:
    """Register the tokens, or the key, of an answer, and return it. A signature or a key's end is enough."""
    for name in ("access_token", "refresh_token"):
        if name in answer:
            secret(answer[name].rpartition(".")[2], name.replace("_", " "))
    if "key" in answer:
        secret(answer["key"].split("_", 2)[2], "API key")
    return answer


def secrets_of(settings: Mapping[str, object]) -> None:
    """Register the secrets among the values for a service's settings."""
    for name, what in _IN_SETTINGS.items():
        if settings.get(name):
            secret(str(settings[name]), what)
    for name, what in _IN_ADDRESSES.items():
        password = urlsplit(str(settings.get(name) or "")).password
        if password:
            secret(password, what)


def searched(log: str, where: str) -> str:
    """Add a server's output to the search, and return it; `where` names its origin."""
    _logs.append((where, log))
    return log


def found() -> list[str]:
    """Return the name and place of each finding, without the secret itself."""
    return sorted({f"{what} in {where}" for where, log in _everything() for what in _in(log)})


def _in(log: str) -> Iterator[str]:
    # Searching megabytes for thousands of random secrets is slow; these can only be in long unbroken pieces.
    pieces = "\n".join(_IN_ONE_PIECE.findall(log))
    return (what for text, what in _secrets.items() if text in (pieces if _IN_ONE_PIECE.fullmatch(text) else log))


def _everything() -> Iterable[tuple[str, str]]:
    yield from _logs
    for folder in _folder:
        for file in folder.rglob("*.log"):
            yield file.name, file.read_text(errors="replace")


@pytest.fixture(scope="session", autouse=True)
def _look_into_the_folders_of_the_run(tmp_path_factory: pytest.TempPathFactory) -> None:
    _folder.append(tmp_path_factory.getbasetemp())


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    for section, text in report.sections:
        if section.endswith(call.when):
            searched(text, f"{section.lower()} of {item.nodeid}")
    return report


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    _findings.extend(found())
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput[_WORKERS_FINDINGS] = _findings
    elif _findings and session.exitstatus in {pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED}:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: object) -> None:
    _findings.extend(getattr(node, "workeroutput", {}).get(_WORKERS_FINDINGS, []))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if _findings:
        terminalreporter.section("secrets in logs", red=True, bold=True)
        for finding in _findings:
            terminalreporter.line(finding)
