"""`.env` means the same to compose, to `./deploy.sh` and to the service itself, however its lines are written."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from entrypoints.settings.settings import Settings, load_settings
from tests.integration.deployment.compose import COMPOSE, needs_compose, write_docker
from tests.project import ROOT

pytestmark = needs_compose

SECRET = "CROSSRATE_JWT_SECRET"  # noqa: S105 -- a name
FILE = "secrets/jwt-secret"
LONG = "0123456789abcdef0123456789abcdef"

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

# `deploy.sh` asks compose a dozen times, so it gets all in one file, but for those that must begin one.
IN_FILES = [
    [(line, meaning) for line, meaning in LINES if not line.startswith("\ufeff")],
    *([(line, meaning)] for line, meaning in LINES if line.startswith("\ufeff")),
]

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


def seen_by_compose(folder: Path, names: Sequence[str]) -> list[tuple[str, str]]:
    """Return what it puts into its file for each name, and what it gives to the container."""
    labels = {name: f"${{{name}}}" for name in names}
    probe = {"services": {"none": {"image": "none", "env_file": ".env", "labels": labels}}}
    done = ran(folder, *COMPOSE, "--file", "-", "config", "--format", "json", stdin=json.dumps(probe))
    service = json.loads(done.stdout)["services"]["none"]
    return [tuple(service[part][name].replace("$$", "$") for part in ("labels", "environment")) for name in names]


def write_many(folder: Path, lines: Sequence[str]) -> list[str]:
    """Write all of them, each about a name of its own, and let `deploy.sh` copy each; return the names."""
    names = [f"SECRET_{number}" for number in range(len(lines))]
    own = [
        re.sub(r"\bA\b", f"OTHER_{name}", line).replace("NAME", name) for name, line in zip(names, lines, strict=True)
    ]
    file = "\n".join(own)
    (folder / ".env").write_bytes(f"{file}\n".replace("VALUE", LONG).encode())
    creating = f"create_secret jwt-secret {SECRET}\n"
    script = (folder / "deploy.sh").read_text()
    assert script.count(creating) == 1
    every = "".join(f"create_secret {name} {name}\n" for name in names)
    (folder / "deploy.sh").write_text(script.replace(creating, creating + every))
    return names


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


@pytest.mark.parametrize("lines", IN_FILES, ids=len)
def test_deploy_reads_each_line_as_compose_does(folder: Path, lines: list[tuple[str, str]]) -> None:
    names = write_many(folder, [line for line, _ in lines])
    written = (folder / ".env").read_bytes()
    before = seen_by_compose(folder, names)
    done = ran(folder, "./deploy.sh")
    assert done.returncode == 0, done.stderr
    for name, seen, (line, meaning) in zip(names, before, lines, strict=True):
        assert seen == (filled(meaning),) * 2, line
        assert f"copied {name} to secrets/{name}," in done.stdout, line
        assert (folder / "secrets" / name).read_text() == filled(meaning), line
    assert (folder / ".env").read_bytes() == written  # so compose and the service see what they saw


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


def test_a_name_without_a_value_leaves_the_secret_to_be_created(folder: Path) -> None:
    names = write_many(folder, ["NAME=", 'NAME=""', "NAME=''", "export NAME = \r", "NAME", "#NAME=x"])
    done = ran(folder, "./deploy.sh")
    assert done.returncode == 0, done.stderr
    for name in names:
        assert f"created secrets/{name}\n" in done.stdout
        assert re.fullmatch("[0-9a-f]{64}", (folder / "secrets" / name).read_text())


def test_a_secret_is_copied_as_it_is(folder: Path) -> None:
    values = ["<b>&amp;", "tab\there", "back\\\\slash", "üé€😀", "'", "%s%b\\\\n", "$$"]
    lines = [f"NAME='VALUE{value}'" if "'" not in value else f'NAME="VALUE{value}"' for value in values]
    names = write_many(folder, lines)
    compose_sees = [in_container for _, in_container in seen_by_compose(folder, names)]
    done = ran(folder, "./deploy.sh")
    assert done.returncode == 0, done.stderr
    assert [(folder / "secrets" / name).read_text() for name in names] == compose_sees
    assert all(seen.startswith(LONG) and len(seen) > len(LONG) for seen in compose_sees)


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
