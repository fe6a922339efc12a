"""How large the terminal is."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from typing import TextIO

import pytest

from ollama_tui.core.terminal_size import USUAL, terminal_size

pty = pytest.importorskip("pty")
fcntl = pytest.importorskip("fcntl")
termios = pytest.importorskip("termios")


@pytest.fixture
def terminal() -> Iterator[TextIO]:
    """A terminal that tells no size."""
    master, slave = pty.openpty()
    with open(slave, "w", encoding="utf-8") as stream:
        yield stream
    os.close(master)


def resize(terminal: TextIO, columns: int, lines: int) -> None:
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))


def test_the_terminal_is_believed_and_not_the_environment(
    terminal: TextIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    resize(terminal, 100, 30)

    assert terminal_size(terminal) == (100, 30)


def test_each_side_that_it_does_not_know_is_the_usual_one(terminal: TextIO) -> None:
    assert terminal_size(terminal) == USUAL

    resize(terminal, 0, 50)

    assert terminal_size(terminal) == (USUAL.columns, 50)


def test_where_there_is_no_terminal_there_is_no_size(terminal: TextIO) -> None:
    terminal.close()

    assert terminal_size(terminal) is None
    assert terminal_size(None) is None
    with open(os.devnull, "w", encoding="utf-8") as stream:
        assert terminal_size(stream) is None
