"""What a person does with the keys of Downloads, and to pull."""

from __future__ import annotations

from tests.terminal.conftest import HELD_UP
from tests.terminal.deeds.steps import does, goes_to_the_download, has_a_download, opens
from tests.terminal.person import Person


@does("pull.open")
def pull(person: Person, key: str) -> None:
    person.presses(key)
    person.sees("name, command or address")
    person.types("gemma3:1b")
    person.presses("enter")
    person.sees_in_line("gemma3:1b", " now")
    person.sees_no("Pulling gemma3:1b")


@does("pull.show")
def show_download(person: Person, key: str) -> None:
    goes_to_the_download(person)
    opens(person, key, f"Pulling {HELD_UP}", "1.0 of 2.0 GB")


@does("pull.history")
def show_history(person: Person, key: str) -> None:
    opens(person, key, "What became of downloads")


@does("pull.cancel")
def cancel(person: Person, key: str) -> None:
    goes_to_the_download(person)
    person.presses(key)
    person.sees("Cancel the download?")
    person.presses("y")
    person.sees_no("4 Downloads")


@does("pull.pause")
def pause(person: Person, key: str) -> None:
    goes_to_the_download(person)
    person.presses(key)
    person.sees_in_line(HELD_UP, " paused")
    person.presses(key)
    person.sees(f"{HELD_UP} goes on")
    person.sees_no(" paused")


@does("pull.pause_all")
def pause_all(person: Person, key: str) -> None:
    has_a_download(person)
    person.presses(key)
    person.sees_in_line(HELD_UP, "paused")
    person.presses(key)
    person.sees("1 download resumed")
    person.sees_no(" paused")
