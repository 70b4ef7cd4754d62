"""A password from standard input, whatever its line ending."""

import io
import sys

import pytest
import typer

from entrypoints.cli.output import REFUSED
from entrypoints.cli.users import _password


def typed(text: bytes) -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(text), encoding="utf-8", newline="\n")


@pytest.mark.parametrize("ending", [b"", b"\n", b"\r\n"])
def test_the_end_of_the_line_is_no_part_of_the_password(monkeypatch: pytest.MonkeyPatch, ending: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", typed(b"correct horse battery" + ending))
    assert _password(from_stdin=True).text == "correct horse battery"


def test_a_password_that_is_not_text_is_rejected_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", typed(b"p\xff\xfeassword12345\n"))
    with pytest.raises(typer.Exit) as ended:
        _password(from_stdin=True)
    assert ended.value.exit_code == REFUSED
    assert capsys.readouterr().err == "The password must be UTF-8.\n"
