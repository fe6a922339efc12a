"""The table of deeds, and the steps that several of them take."""

from __future__ import annotations

from collections.abc import Callable

from tests.terminal.conftest import HELD_UP
from tests.terminal.person import Person

Deed = Callable[[Person, str], None]
"""Takes who does it, and the key; it ends where it began."""

DEEDS: dict[str, Deed] = {}
"""By act id, as in core/acts/table.py."""

FIRST, SECOND, LAST = "assistant:latest", "codestral:22b", "starcoder2:15b"
LOADED = "deepseek-r1:32b"
SMALL, HUGE = "smollm2:135m", "llama3.1:405b"


def does(act: str) -> Callable[[Deed], Deed]:
    def known(deed: Deed) -> Deed:
        DEEDS[act] = deed
        return deed

    return known


def goes_to(person: Person, model: str) -> None:
    person.presses("slash")
    person.types(model)
    person.presses("enter")
    person.sees_in_line("1 Models", f"/{model}", " 1 of ")


def loads(person: Person, model: str, key: str = "l") -> None:
    goes_to(person, model)
    person.presses(key)
    person.sees(f"Load {model}?")
    person.presses("y")


def has_a_download(person: Person) -> None:
    if "4 Downloads" not in person.text:
        person.presses("p")
        person.sees("name, command or address")
        person.types(HELD_UP)
        person.presses("enter")
        person.sees(f"Pulling {HELD_UP}", "1.0 of 2.0 GB")
        person.presses("q")
        person.sees_no(f"Pulling {HELD_UP}")
        person.sees("4 Downloads")


def goes_to_the_download(person: Person) -> None:
    has_a_download(person)
    person.presses("4")
    person.is_on(HELD_UP)


def opens(person: Person, key: str, *words: str) -> None:
    """Press a key that opens a dialog, see it, and close it."""
    person.presses(key)
    person.sees(*words)
    person.presses("ctrl+c")
    person.sees_no(words[0])
