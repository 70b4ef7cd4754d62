"""`.env` means the same to compose, to `./deploy.sh` and to the service itself, however its lines are written."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from entrypoints.settings.settings import Settings, load_settings
from tests.integration.deployment.compose import COMPOSE, needs_compose, write_docker
from tests.project import ROOT

pytestmark = needs_compose

SECRET = "CROSSRATE_JWT_SECRET"  # noqa: S105 -- a name
FILE = "secrets/jwt-secret"
LONG = "0123456789abcdef0123456789abcdef"
PROBE = f'services: {{none: {{image: none, env_file: .env, labels: {{is: "${{{SECRET}}}"}}}}}}'

# How the line is written, and what it means.
LINES = [
    ("NAME=VALUE", "VALUE"),
    ("\ufeffNAME=VALUE", "VALUE"),
    ("export NAME=VALUE", "VALUE"),
    ("export\tNAME=VALUE", "VALUE"),
    ("NAME = VALUE", "VALUE"),
    ("NAME= VALUE", "VALUE"),
    ("NAME\t=\tVALUE", "VALUE"),
    ("  NAME=VALUE", "VALUE"),
    ("NAME=VALUE  ", "VALUE"),
    ("NAME=VALUE\r\n", "VALUE"),
    ("\ufeffA=1\r\nNAME=VALUE\r\n", "VALUE"),
    ('NAME="VALUE"', "VALUE"),
    ('NAME="VALUE"\r\n', "VALUE"),
    ("NAME='VALUE'", "VALUE"),
    ("export NAME = 'VALUE'  # note", "VALUE"),
    ("NAME=VALUE # note", "VALUE"),
    ('NAME="VALUE" # note', "VALUE"),
    ("NAME='VALUE'# note", "VALUE"),
    ("NAME=VALUE#1", "VALUE#1"),
    ('NAME="VALUE #1"', "VALUE #1"),
    ("NAME=VALUE 1", "VALUE 1"),
    ("NAME=VALUE=", "VALUE="),
    ("NAME=VALUE$", "VALUE$"),
    ("NAME=VALUE$1", "VALUE$1"),
    ("NAME='VALUE$a$$b'", "VALUE$a$$b"),
    ('NAME="VALUE\\"1\\""', 'VALUE"1"'),
    ("NAME='VALUE\\'1'", "VALUE'1"),
    ("NAME=VALUE'1", "VALUE'1"),
    ('NAME="VALUE\nEND"', "VALUE\nEND"),
    ("A=VALUE\nNAME=${A}", "VALUE"),
    ('A=VALUE\nNAME="${A}1"', "VALUE1"),
    ("NAME=${A:-VALUE}", "VALUE"),
    ("NAME=x\nNAME=VALUE", "VALUE"),
    ("#NAME=x\nNAME=VALUE", "VALUE"),
    ("NAME=VALUE%41", "VALUE%41"),
    ("NAME=VALUEé", "VALUEé"),
]

# `deploy.sh` asks compose a dozen times, so it gets all but those lines that can be read in one way only.
DEPLOYED = [(line, meaning) for line, meaning in LINES if not re.fullmatch("[A-Z=]+", line)]

# What none of the three uses, and a word of what deploy.sh says about it.
REFUSED = [
    ('NAME="VALUE', "quote"),
    ("NAME='VALUE", "quote"),
    ('NAME="VALUE"x', "quote"),
    ("NAME=VALUE$ecret", "$ecret"),
    ('NAME="VALUE$ecret"', "$ecret"),
    ("A=1\nNAME=VALUE\\$ecret", "$ecret"),
    ("set NAME=VALUE", "space"),
    ('"NAME"=VALUE', "character"),
    ("NAME= # VALUE", "line 1"),
    ("A=1\nNAME=VALUE\t# note", "line 2"),
    ("NAME=${A:?}VALUE", "required"),
    ("NAME=VALUE${", "template"),
]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(f"CROSSRATE_{name}".upper(), raising=False)
    shutil.copy(ROOT / "deploy.sh", tmp_path)
    shutil.copy(ROOT / "docker-compose.yml", tmp_path)
    write_docker(tmp_path)
    return tmp_path


def ran(folder: Path, *command: str, stdin: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CROSSRATE_")}
    environment |= {"PATH": f"{folder}:{environment['PATH']}"} | variables
    return subprocess.run(  # noqa: S603 -- ours
        command, cwd=folder, env=environment, input=stdin, capture_output=True, text=True, check=False
    )


def seen_by_compose(folder: Path) -> tuple[str, str]:
    """Return the value that it puts into its file, and the one that it gives to the container."""
    done = ran(folder, *COMPOSE, "--file", "-", "config", "--format", "json", stdin=PROBE)
    service = json.loads(done.stdout)["services"]["none"]
    seen = service["labels"]["is"], service["environment"][SECRET]
    return seen[0].replace("$$", "$"), seen[1].replace("$$", "$")


def filled(text: str) -> str:
    return text.replace("NAME", SECRET).replace("VALUE", LONG)


def write(folder: Path, text: str) -> None:
    (folder / ".env").write_bytes(filled(text).encode())


def seen_by_the_service() -> str:
    secret = load_settings().jwt_secret
    return "" if secret is None else secret.get_secret_value()


def test_compose_and_service_read_each_line_alike(folder: Path) -> None:
    services = {}
    for number, (line, _) in enumerate(LINES):
        (folder / f"{number}.env").write_bytes(filled(line).encode())
        services[f"line{number}"] = {"image": "none", "env_file": f"{number}.env"}
    done = ran(folder, *COMPOSE, "--file", "-", "config", "--format", "json", stdin=json.dumps({"services": services}))
    seen = json.loads(done.stdout)["services"]
    for number, (line, meaning) in enumerate(LINES):
        write(folder, line)
        assert seen[f"line{number}"]["environment"][SECRET].replace("$$", "$") == filled(meaning), line
        assert seen_by_the_service() == filled(meaning), line


@pytest.mark.parametrize(("line", "meaning"), DEPLOYED)
def test_compose_deploy_and_service_read_a_line_alike(folder: Path, line: str, meaning: str) -> None:
    write(folder, line)
    written = (folder / ".env").read_bytes()
    before = seen_by_compose(folder)
    assert before == (filled(meaning),) * 2
    assert seen_by_the_service() == before[0]
    done = ran(folder, "./deploy.sh")
    assert done.returncode == 0, done.stderr
    assert f"copied {SECRET} to {FILE}" in done.stdout
    assert (folder / FILE).read_text() == before[0]
    assert (folder / ".env").read_bytes() == written  # so compose sees what it saw
    assert seen_by_the_service() == before[0]


@pytest.mark.parametrize(("line", "word"), REFUSED)
def test_a_line_that_readers_understand_differently_is_refused_by_name(folder: Path, line: str, word: str) -> None:
    write(folder, line)
    before = (folder / ".env").read_bytes()
    done = ran(folder, "./deploy.sh")
    assert done.returncode == 1
    [message] = done.stderr.splitlines()
    assert message.startswith(".env cannot be used: ")
    assert word in message
    assert LONG not in message
    assert (folder / ".env").read_bytes() == before
    with pytest.raises(SystemExit, match=rf"{SECRET}: line \d+ of .env is ambiguous") as ended:
        load_settings()
    assert LONG not in str(ended.value)


@pytest.mark.parametrize("empty", ["NAME=", 'NAME=""', "NAME=''", "export NAME = \r", "NAME", "#NAME=x"])
def test_a_name_without_a_value_leaves_the_secret_to_be_created(folder: Path, empty: str) -> None:
    (folder / ".env").write_text(filled(empty) + "\n", newline="")
    assert f"created {FILE}" in ran(folder, "./deploy.sh").stdout
    assert len((folder / FILE).read_text()) == 64
    assert LONG not in (folder / FILE).read_text()


@pytest.mark.parametrize("value", ["<b>&amp;", "tab\there", "back\\\\slash", "üé€😀", "'", "%s%b\\\\n", "$$"])
def test_a_secret_is_copied_as_it_is(folder: Path, value: str) -> None:
    write(folder, f"NAME='VALUE{value}'" if "'" not in value else f'NAME="VALUE{value}"')
    compose_sees = seen_by_compose(folder)[1]
    assert ran(folder, "./deploy.sh").returncode == 0
    assert (folder / FILE).read_text() == compose_sees
    assert LONG in compose_sees


def test_a_secret_that_differs_from_its_file_is_named_and_not_shown(folder: Path) -> None:
    write(folder, "NAME=VALUE")
    assert ran(folder, "./deploy.sh").returncode == 0
    assert ran(folder, "./deploy.sh").returncode == 0
    write(folder, "NAME=VALUE1")
    done = ran(folder, "./deploy.sh")
    assert (done.returncode, LONG in done.stderr + done.stdout) == (1, False)
    assert done.stderr.startswith(f"{SECRET} is not what {FILE} contains, which counts.")
    assert (folder / FILE).read_text() == LONG


@pytest.mark.parametrize("encoding", ["utf-16", "latin-1"])
def test_a_file_in_another_encoding_is_named(folder: Path, encoding: str) -> None:
    (folder / ".env").write_bytes(f"{SECRET}={LONG}é\r\n".encode(encoding))
    assert ran(folder, "./deploy.sh").stderr == ".env cannot be used: it is not UTF-8.\n"
    with pytest.raises(SystemExit, match=r"The \.env file is not UTF-8"):
        load_settings()


def test_a_variable_that_is_set_to_nothing_is_named(folder: Path) -> None:
    done = ran(folder, "./deploy.sh", POSTGRES_PASSWORD="")
    assert (done.returncode, done.stderr) == (
        1,
        "POSTGRES_PASSWORD is set to nothing in the environment, which hides that of .env. Unset it.\n",
    )


@pytest.mark.parametrize(
    ("variables", "named"),
    [({"CROSSRATE_PORT": "http"}, "hostPort: http"), ({"COMPOSE_FILE": "nowhere.yml"}, "nowhere.yml")],
)
def test_a_setting_that_compose_itself_cannot_use_is_named(folder: Path, variables: dict[str, str], named: str) -> None:
    done = ran(folder, "./deploy.sh", **variables)
    assert done.returncode == 1
    [message] = done.stderr.splitlines()
    assert message.startswith("Compose cannot use its files with these settings: ")
    assert named in message


def test_a_database_without_its_password_gets_no_other_one(folder: Path) -> None:
    write_docker(folder, has_database=True)
    done = ran(folder, "./deploy.sh", COMPOSE_PROJECT_NAME="staging")
    assert done.returncode == 1
    assert "in the volume staging_postgres, but no secrets/database-owner-password" in done.stderr
    assert not [file for file in (folder / "secrets").iterdir() if file.is_file()]


def test_another_file_than_dotenv_is_respected(folder: Path) -> None:
    (folder / "prod.env").write_text(f"POSTGRES_PASSWORD=x\n{SECRET}={LONG}\n")
    done = ran(folder, "./deploy.sh", COMPOSE_ENV_FILES="prod.env")
    assert (done.returncode, (folder / ".env").exists()) == (0, False), done.stderr
    assert (folder / FILE).read_text() == LONG
