"""A window that is dragged while everything changes."""

from __future__ import annotations

import pytest

from ollama_tui.demo.emulator import Emulator
from ollama_tui.demo.faults import Fault
from tests.terminal.conftest import Start
from tests.terminal.person import OldTerminal, Person
from tests.terminals import modes_left
from tests.tui.dashboard import copy

SIZES = [
    (1, 1), (2, 1), (1, 40), (300, 1), (20, 5), (79, 23), (80, 24), (119, 40), (120, 40), (300, 100)
]  # fmt: skip
KEYS = ["j", "s", "question_mark", "ctrl+c", "2", "colon", "ctrl+c", "1", "S", "G"]


@pytest.mark.parametrize("kind", [Person, OldTerminal], ids=["told in band", "told by a signal"])
def test_it_lives_at_each_size_and_looks_right_again(
    start: Start, emulator: Emulator, kind: type[Person]
) -> None:
    person = start(kind=kind)
    person.sees("3 loaded", "? help")
    for (columns, lines), key in zip(SIZES, KEYS, strict=True):
        copy(emulator, "phi4:14b", f"new-{columns}x{lines}:1b")
        emulator.faults["/api/ps"] = Fault(unreachable=True, times=1)
        person.resize(columns, lines)
        person.presses("r", key)
        person.draws_something()

    person.sees("╭─ 1 Models", "╮", "? help")
    person.resize(80, 24)
    person.sees("─ 1 Models", "● 0.32.15", "q quit")
    person.presses("q")

    assert person.ended() == 0
    assert modes_left(person.written) == set()


@pytest.mark.parametrize("size", [(1, 1), (300, 100)])
def test_it_begins_and_ends_at_that_size(start: Start, size: tuple[int, int]) -> None:
    person = start(size=size)
    person.shows("\x1b[?2004h")
    person.presses("j", "enter", "2", "q")

    assert person.ended() == 0
    assert modes_left(person.written) == set()
