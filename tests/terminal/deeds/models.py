"""What a person does with the keys of Models."""

from __future__ import annotations

import base64

from tests.terminal.deeds.steps import FIRST, SECOND, SMALL, does, goes_to, opens
from tests.terminal.person import Person


@does("model.use")
def use(person: Person, key: str) -> None:
    goes_to(person, "phi4:14b")
    person.presses(key)
    person.sees("★ phi4:14b")


@does("model.inspect")
def inspect(person: Person, key: str) -> None:
    goes_to(person, "phi4:14b")
    opens(person, key, "16,384 tokens", "<|im_sep|>")


@does("model.delete")
def delete(person: Person, key: str) -> None:
    goes_to(person, "gpt-oss:20b")
    person.presses(key)
    person.sees("Delete gpt-oss:20b?")
    person.presses("y")
    person.sees("Deleting gpt-oss:20b in 30 s")
    person.presses("z")
    person.sees("Kept gpt-oss:20b")


@does("model.undo")
def undo(person: Person, key: str) -> None:
    goes_to(person, "gpt-oss:120b")
    person.presses("space", "d")
    person.sees("Delete gpt-oss:120b?")
    person.presses("y")
    person.sees("z undoes")
    person.presses(key)
    person.sees("Kept gpt-oss:120b")


@does("model.copy")
def copy(person: Person, key: str) -> None:
    goes_to(person, "llama3.1:8b")
    person.presses(key)
    person.sees("Copy llama3.1:8b")
    person.types("llama3.1:8b-copied")
    person.presses("enter")
    person.sees("llama3.1:8b-copied is a copy of llama3.1:8b")


@does("model.rename")
def rename(person: Person, key: str) -> None:
    goes_to(person, "mixtral:8x22b")
    person.presses(key)
    person.sees("Rename mixtral:8x22b")
    person.types("mixtral:8x22b-new")
    person.presses("enter")
    person.sees("mixtral:8x22b-new", " is now ")


@does("model.edit")
def edit(person: Person, key: str) -> None:
    goes_to(person, "qwen3:30b-a3b")
    person.presses(key)
    person.sees("PARAMETER num_ctx 12345")
    person.presses("n")
    person.sees_no("PARAMETER num_ctx 12345")


@does("model.context")
def memory_by_context(person: Person, key: str) -> None:
    goes_to(person, "phi4:14b")
    opens(person, key, "Memory of phi4:14b by context", "16384", "GiB")


@does("model.mark")
def mark(person: Person, key: str) -> None:
    person.presses(key)
    person.sees_in_line("✓", FIRST)
    person.is_on(SECOND)


@does("pull.again")
def pull_again(person: Person, key: str) -> None:
    goes_to(person, SMALL)
    person.presses(key)
    person.sees(f"{SMALL} was here already")


@does("model.talk")
def talk(person: Person, key: str) -> None:
    goes_to(person, "phi4:14b")
    person.presses(key)
    person.sees("I am phi4:14b")
    person.types("bye\r")
    person.sees("? help", "/phi4:14b")


@does("model.copy_name")
def copy_name(person: Person, key: str) -> None:
    goes_to(person, "phi4:14b")
    person.presses(key)
    person.sees("sent to the terminal's clipboard")
    assert b"\x1b]52;c;" + base64.b64encode(b"phi4:14b") in person.written
