"""Modelfiles are read as Ollama reads them."""

from __future__ import annotations

import pytest

from ollama_tui.core.errors import InvalidInput
from ollama_tui.core.modelfile import commands_of, quoted


def told(text: str) -> list[tuple[str, str, str]]:
    return [(one.word, one.name, one.value) for one in commands_of(text)]


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("PARAMETER num_ctx 8192", ("parameter", "num_ctx", "8192")),
        ("parameter\tnum_ctx  8192  ", ("parameter", "num_ctx", "8192")),
        ('PARAMETER stop "a"b"', ("parameter", "stop", 'a"b')),
        ("PARAMETER stop a b", ("parameter", "stop", "a b")),
        ('SYSTEM "Be brief."', ("system", "", "Be brief.")),
        ("SYSTEM Be brief.", ("system", "", "Be brief.")),
        ('SYSTEM """Be "brief"."""', ("system", "", 'Be "brief".')),
        ('SYSTEM """', None),
        ('SYSTEM "', None),
        ('SYSTEM """"""', ("system", "", "")),
        ('SYSTEM """one \n# two\n"""  ', ("system", "", "one \n# two\n")),
        ('SYSTEM "one\ntwo"', ("system", "", "one\ntwo")),
        ('\ufeffSYSTEM "one\r\ntwo"\r\n', ("system", "", "one\ntwo")),
    ],
)
def test_a_command_and_its_value(text: str, command: tuple[str, str, str] | None) -> None:
    if command is None:
        with pytest.raises(InvalidInput, match="does not end"):
            told(text)
    else:
        assert told(text) == [command]


def test_comments_and_blank_lines_are_left_out_and_lines_are_counted() -> None:
    text = '# one\n\nSYSTEM """two\n\nthree"""\n  # PARAMETER seed 1\nPARAMETER seed 2\n'

    assert [(one.line, one.word) for one in commands_of(text)] == [(3, "system"), (7, "parameter")]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("\nPARAMETRE num_ctx 1", "line 2: 'PARAMETRE' is no command"),
        ("PARAMETER", "line 1: PARAMETER lacks a name"),
        ("PARAMETER num_ctx", "line 1: `num_ctx` has no value"),
        ("PARAMETER \x1b]0;x\a", "line 1: `]0;x` has no value"),
        ("SYSTEM\n", "line 1: `SYSTEM` has no value"),
        ('PARAMETER seed 1\nSYSTEM """x\ny\n', 'line 2: the """ that begins here does not end'),
    ],
)
def test_a_mistake_names_its_line(text: str, why: str) -> None:
    with pytest.raises(InvalidInput) as wrong:
        told(text)

    assert why in wrong.value.what


@pytest.mark.parametrize("text", ["x", " x ", '"', '""', '"x', 'x"', 'a\n"b"\n', "\n\nUser:", "#"])
def test_what_is_written_in_quotes_is_read_again(text: str) -> None:
    assert told(f"PARAMETER stop {quoted(text)}") == [("parameter", "stop", text)]
