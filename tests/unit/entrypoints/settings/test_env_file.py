"""Lines of `.env` that compose and the service would read differently; integration tests ask compose itself."""

from pathlib import Path

import pytest

from entrypoints.settings.env_file import ambiguous_lines
from entrypoints.settings.settings import load_settings


def problems(folder: Path, text: str) -> list[str]:
    file = folder / ".env"
    file.write_bytes(text.encode())
    return ambiguous_lines(file)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('CROSSRATE_PORT="1', 1),
        ('\n# note\nCROSSRATE_PORT="1" 2\n', 3),
        ("A=1\r\nCROSSRATE_PORT: 1\r\n", 2),
        ("set CROSSRATE_PORT=1", 1),
        ("'CROSSRATE_PORT'=1", 1),
        ('A="1\nCROSSRATE_PORT=1\nB="2"', 2),
        ("CROSSRATE_PORT=$A", 1),
        ("CROSSRATE_PORT=1$$2", 1),
        ('CROSSRATE_PORT="\\$A"', 1),
        ("CROSSRATE_PORT=${A-1}", 1),
        ("CROSSRATE_PORT='${A}'", 1),
        ("CROSSRATE_PORT= # 1", 1),
        ("CROSSRATE_PORT=1\t# note", 1),
        ("crossrate_port=1\t# note", 1),
        ("A=1\nCROSSRATE_PORT\n", 2),
    ],
)
def test_a_line_that_is_read_in_two_ways_is_named_with_its_number(tmp_path: Path, text: str, line: int) -> None:
    [problem] = problems(tmp_path, text)
    assert problem.upper().startswith(f"CROSSRATE_PORT: LINE {line} OF .ENV IS AMBIGUOUS")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# CROSSRATE_PORT: 1",
        "\ufeffexport CROSSRATE_PORT = '1' # it's $A",
        'CROSSRATE_PORT="${A}${B:-1}" # $A',
        "CROSSRATE_PORT=1$ # $A\t# b",
        "A: $1\nB='${CROSSRATE_PORT}'\nif [ $CROSS ]",
    ],
)
def test_other_lines_are_left_alone_whatever_programs_they_are_for(tmp_path: Path, text: str) -> None:
    assert problems(tmp_path, text) == []


def test_no_file_has_no_such_lines(tmp_path: Path) -> None:
    assert ambiguous_lines(tmp_path / ".env") == []


def test_the_service_does_not_start_with_an_ambiguous_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("CROSSRATE_JWT_SECRET=s3$cret\n")
    with pytest.raises(SystemExit) as ended:
        load_settings()
    assert str(ended.value) == (
        "These settings cannot be used:\n  CROSSRATE_JWT_SECRET: line 1 of .env is ambiguous: "
        "put a value with a $ in single quotes; name another variable as ${NAME}"
    )
