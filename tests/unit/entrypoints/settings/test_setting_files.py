"""A setting whose value is in a file, which a variable with `_FILE` names."""

from pathlib import Path

import pytest

from entrypoints.settings.setting_files import LONGEST_BYTES
from entrypoints.settings.settings import load_settings
from entrypoints.settings.sources import shown_settings

SECRET = "0123456789abcdef0123456789abcdef"  # noqa: S105 -- of these tests


@pytest.fixture
def file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.chdir(tmp_path)  # where no .env is
    monkeypatch.delenv("CROSSRATE_JWT_SECRET", raising=False)
    monkeypatch.setenv("CROSSRATE_JWT_SECRET_FILE", str(tmp_path / "secret"))
    return tmp_path / "secret"


def secret() -> str:
    found = load_settings().jwt_secret
    return "" if found is None else found.get_secret_value()


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_a_newline_at_the_end_of_the_file_does_not_count(file: Path, end: str) -> None:
    file.write_bytes(f"{SECRET}{end}".encode())
    assert secret() == SECRET


@pytest.mark.parametrize(
    "text", [f" {SECRET} ", f"{SECRET}\n\n", f"{SECRET}\n{SECRET}", f"'{SECRET}'", f"${{{SECRET}}}"]
)
def test_everything_else_in_the_file_counts(file: Path, text: str) -> None:
    file.write_text(text)
    assert secret() == text.removesuffix("\n")


def test_a_setting_of_any_kind_may_be_in_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name, value in {"PORT": "1111\n", "EXCHANGES": "kucoin\n", "REQUIRE_AUTH": "true\n"}.items():
        (tmp_path / name).write_text(value)
        monkeypatch.setenv(f"CROSSRATE_{name}_FILE", name)
    settings = load_settings()
    assert (settings.port, settings.exchanges, settings.require_auth) == (1111, ("kucoin",), True)


def test_the_password_from_a_file_becomes_part_of_the_address(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "password").write_text("p@ss\n")
    monkeypatch.setenv("CROSSRATE_DATABASE_URL", "postgresql://crossrate@postgres/crossrate")
    monkeypatch.setenv("CROSSRATE_DATABASE_PASSWORD_FILE", "password")
    assert load_settings().database_url.get_secret_value() == "postgresql://crossrate:p%40ss@postgres/crossrate"


def test_dotenv_may_name_the_file(
    file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("CROSSRATE_JWT_SECRET_FILE")
    file.write_text(SECRET)
    Path(".env").write_text(f"CROSSRATE_JWT_SECRET_FILE={file}\n")
    assert (secret(), capsys.readouterr().err) == (SECRET, "")


def test_an_option_of_the_command_line_counts_before_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "port").write_text("1111")
    monkeypatch.setenv("CROSSRATE_PORT_FILE", "port")
    assert load_settings(port=2222).port == 2222


def test_an_empty_name_of_a_file_counts_as_not_set(
    file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CROSSRATE_JWT_SECRET_FILE", "")
    assert (file.exists(), secret(), capsys.readouterr().err) == (False, "", "")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "cannot be read: No such file or directory"),
        (b"", "is empty"),
        (b"\n", "is empty"),
        (b"  \r\n", "is empty"),
        (SECRET.encode() + b"\xff", "is not UTF-8"),
        (SECRET.encode() * (LONGEST_BYTES // 32) + b"x", f"has more than {LONGEST_BYTES} bytes"),
    ],
)
def test_a_file_that_cannot_be_used_is_named_without_its_content(
    file: Path, content: bytes | None, reason: str
) -> None:
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(SystemExit) as ended:
        load_settings()
    assert str(ended.value) == f"These settings cannot be used:\n  CROSSRATE_JWT_SECRET_FILE: {file} {reason}"


def test_a_folder_is_not_a_file(file: Path) -> None:
    file.mkdir()
    with pytest.raises(SystemExit, match="cannot be read: Is a directory"):
        load_settings()


@pytest.mark.parametrize("place", ["environment", ".env"])
def test_a_setting_with_a_value_and_a_file_is_rejected(file: Path, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    file.write_text(SECRET)
    if place == "environment":
        monkeypatch.setenv("CROSSRATE_JWT_SECRET", SECRET)
    else:
        Path(".env").write_text(f"CROSSRATE_JWT_SECRET={SECRET}\n")
    with pytest.raises(SystemExit) as ended:
        load_settings()
    assert str(ended.value) == (
        "These settings cannot be used:\n  CROSSRATE_JWT_SECRET: set it or CROSSRATE_JWT_SECRET_FILE, not both"
    )


def test_a_value_that_is_wrong_is_named_with_its_file_and_not_repeated(file: Path) -> None:
    file.write_text("short")
    with pytest.raises(SystemExit) as ended:
        load_settings()
    assert str(ended.value).splitlines()[1] == f"  CROSSRATE_JWT_SECRET ({file}): must have at least 32 bytes"


def test_the_file_is_shown_as_the_source_and_the_secret_is_not(file: Path) -> None:
    file.write_text(SECRET)
    shown = {each.variable: each for each in shown_settings(load_settings())}["CROSSRATE_JWT_SECRET"]
    assert (shown.value, shown.source) == ("********", str(file))
