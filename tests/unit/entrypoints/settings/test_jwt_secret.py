"""The secret that signs tokens: set, or made once beside the embedded database."""

import stat
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from entrypoints.settings.identity import SHORTEST_SECRET_BYTES
from entrypoints.settings.jwt_secret import jwt_secret
from entrypoints.settings.settings import Settings

GIVEN = "a secret of the tests, and of nobody else"


def embedded(folder: Path, given: str | None = None) -> Settings:
    return Settings(_env_file=None, database_url=f"sqlite:///{folder}/crossrate.db", jwt_secret=given)


def test_a_given_secret_is_used_and_no_file_is_made(tmp_path: Path) -> None:
    assert jwt_secret(embedded(tmp_path, GIVEN)) == GIVEN.encode()
    assert list(tmp_path.iterdir()) == []


def test_a_missing_secret_is_made_once_beside_the_database_readable_by_its_owner_only(tmp_path: Path) -> None:
    settings = embedded(tmp_path / "new" / "folder")
    with capture_logs() as events:
        secret = jwt_secret(settings)
        assert jwt_secret(settings) == secret
    (file,) = (tmp_path / "new" / "folder").iterdir()
    assert (file.name, file.read_bytes()) == ("jwt-secret", secret)
    assert len(secret) >= SHORTEST_SECRET_BYTES
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [(event["event"], event["file"]) for event in events] == [("jwt_secret_made", str(file))]


def test_every_installation_makes_another_secret(tmp_path: Path) -> None:
    assert jwt_secret(embedded(tmp_path / "one")) != jwt_secret(embedded(tmp_path / "other"))


def test_the_default_secret_is_in_the_folder_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    secret = jwt_secret(Settings(_env_file=None, jwt_secret=None))
    assert (tmp_path / "data" / "jwt-secret").read_bytes() == secret


@pytest.mark.parametrize("environment", ["production", "development"])
def test_with_postgres_a_missing_secret_ends_the_process(environment: str, tmp_path: Path) -> None:
    settings = Settings(
        _env_file=None, database_url="postgresql://x:pa55w0rd@db/x", jwt_secret=None, environment=environment
    )
    with pytest.raises(SystemExit, match="CROSSRATE_JWT_SECRET: with Postgres it must be set") as ended:
        jwt_secret(settings)
    assert "pa55w0rd" not in str(ended.value)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_reported_in_one_line(tmp_path: Path) -> None:
    settings = embedded(tmp_path / "data")
    (tmp_path / "data").touch()  # only now: the settings refuse a file in place of the folder
    with pytest.raises(SystemExit, match=f"^Cannot keep a secret in {tmp_path}/data/jwt-secret: [^\n]*$"):
        jwt_secret(settings)


@pytest.mark.parametrize("left", [b"", b"a"])
def test_a_secret_that_was_cut_off_is_not_used(left: bytes, tmp_path: Path) -> None:
    (tmp_path / "jwt-secret").write_bytes(left)
    with pytest.raises(SystemExit, match="32 bytes or more"):
        jwt_secret(embedded(tmp_path))
