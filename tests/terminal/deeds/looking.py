"""What a person does with the keys that change how things are looked at."""

from __future__ import annotations

import re

from tests.terminal.deeds.steps import HUGE, does, goes_to, opens
from tests.terminal.person import Person


@does("view.filter")
def filter_models(person: Person, key: str) -> None:
    person.presses(key)
    person.types("gpt")
    person.sees_in_line("1 Models", "/gpt", "2 of ")


@does("view.sort")
def sort(person: Person, key: str) -> None:
    columns = re.findall("[A-Z]{3,}", person.line_with("NAME ▴"))
    for column in (*columns[1:], columns[0]):
        person.presses(key)
        person.sees_either(*_sorted_by(column))


def _sorted_by(column: str) -> list[str]:
    # The sign stands at the side where there is room.
    around = (f"{column} {{}}", f"{{}} {column}", f"{{}}{column}")
    return [text.format(sign) for text in around for sign in "▴▾"]


@does("view.reverse")
def reverse(person: Person, key: str) -> None:
    person.presses(key)
    person.sees("NAME ▾")
    person.presses(key)
    person.sees("NAME ▴")


@does("view.fitting")
def hide_unfit(person: Person, key: str) -> None:
    person.sees(" spills ")
    person.presses(key)
    person.sees_no(" spills ")
    person.presses(key)
    person.sees(" spills ")


@does("view.disk")
def show_disk(person: Person, key: str) -> None:
    opens(person, key, "What fills the disk", HUGE)


@does("server.refresh")
def refresh(person: Person, key: str) -> None:
    person.presses(key)
    person.sees_in_line("Asking", "again")


@does("view.repaint")
def repaint(person: Person, key: str) -> None:
    person.loses_the_screen()
    person.presses(key)
    person.sees("1 Models", "2 Running", "? help")


@does("view.theme")
def next_theme(person: Person, key: str) -> None:
    person.presses(key)
    person.sees("Theme ansi-light")
    person.presses(key)
    person.sees("Theme ansi-dark")


@does("view.escape")
def drop_filter_then_marks(person: Person, key: str) -> None:
    goes_to(person, "phi4:14b")
    person.presses("space")
    person.sees("✓")
    person.presses(key)
    person.sees_no("/phi4:14b")
    person.presses(key)
    person.sees_no("✓")
