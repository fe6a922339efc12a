"""What a person does with the keys of the program itself."""

from __future__ import annotations

import signal

from tests.terminal.deeds.steps import does, opens
from tests.terminal.person import Person
from tests.terminals import LEAVES_SCREEN


@does("program.help")
def show_help(person: Person, key: str) -> None:
    opens(person, key, "not all on GPU", "memory by context")


@does("program.palette")
def open_palette(person: Person, key: str) -> None:
    opens(person, key, "What to do?", "make it the current one")


@does("program.doctor")
def look_for_trouble(person: Person, key: str) -> None:
    opens(person, key, "What is wrong here", "Ollama answers at")


def has_left_the_screen(person: Person) -> bool:
    # It may be stopped before all that it wrote is read.
    return person.written.rfind(LEAVES_SCREEN) > person.written.rfind(b"\x1b[?1049h")


@does("program.suspend")
def suspend(person: Person, key: str) -> None:
    person.presses(key)
    person.is_stopped()
    person.wait_until(lambda: has_left_the_screen(person), "the screen of before")
    assert person.settings == person.settings_before
    person.loses_the_screen()
    person.signal(signal.SIGCONT)
    person.sees("1 Models", "? help")


@does("program.quit")
def leave(person: Person, key: str) -> None:
    person.presses(key)
    assert person.ended() == 0
