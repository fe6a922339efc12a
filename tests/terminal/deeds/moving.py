"""What a person does with the keys that move the focus and the cursor."""

from __future__ import annotations

from tests.terminal.conftest import HELD_UP
from tests.terminal.deeds.steps import FIRST, LAST, LOADED, SECOND, does, has_a_download
from tests.terminal.person import Person


@does("panel.models")
def go_to_models(person: Person, key: str) -> None:
    person.presses("2")
    person.is_on(LOADED)
    person.presses(key)
    person.is_on(FIRST)


@does("panel.running")
def go_to_running(person: Person, key: str) -> None:
    person.presses(key)
    person.sees_no("l load")
    person.is_on(LOADED)
    person.presses(key)
    person.sees_no("49 %")
    person.presses(key)
    person.sees("49 %")


@does("panel.gpus")
def go_to_gpus(person: Person, key: str) -> None:
    person.presses(key)
    person.sees_no("i inspect")
    person.presses(key)
    person.sees_no("71 °C")
    person.presses(key)
    person.sees("71 °C")


@does("panel.downloads")
def go_to_downloads(person: Person, key: str) -> None:
    has_a_download(person)
    person.presses(key)
    person.is_on(HELD_UP)
    person.sees("space pause", " 50 %")
    person.presses(key)
    person.sees_no(" 50 %")
    person.presses(key)
    person.sees(" 50 %")


@does("move.down")
def a_row_down(person: Person, key: str) -> None:
    person.presses(key)
    person.is_on(SECOND)


@does("move.up")
def a_row_up(person: Person, key: str) -> None:
    person.presses("j")
    person.is_on(SECOND)
    person.presses(key)
    person.is_on(FIRST)


@does("move.page_down")
def a_page_down(person: Person, key: str) -> None:
    person.presses(key)
    person.is_not_on(FIRST)


@does("move.page_up")
def a_page_up(person: Person, key: str) -> None:
    person.presses("G")
    person.is_on(LAST)
    person.presses(key)
    person.is_not_on(LAST)


@does("move.first")
def to_the_first_row(person: Person, key: str) -> None:
    person.presses("G")
    person.is_on(LAST)
    person.presses(key)
    person.is_on(FIRST)


@does("move.last")
def to_the_last_row(person: Person, key: str) -> None:
    person.presses(key)
    person.is_on(LAST)


@does("move.next_panel")
def to_the_next_panel(person: Person, key: str) -> None:
    person.presses(key)
    person.is_on(LOADED)


@does("move.previous_panel")
def to_the_panel_before(person: Person, key: str) -> None:
    person.presses("2")
    person.is_on(LOADED)
    person.presses(key)
    person.is_on(FIRST)
