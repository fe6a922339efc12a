"""The lines of a Modelfile, read and written as Ollama does it (parser/parser.go)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ollama_tui.core.errors import InvalidInput
from ollama_tui.core.text import clean

COMMANDS = (
    "adapter", "draft", "from", "license", "message", "parameter", "parser", "renderer",
    "requires", "system", "template",
)  # fmt: skip
_QUOTES = ('"""', '"')


@dataclass(frozen=True, slots=True)
class Command:
    """What one command of a Modelfile says."""

    line: int
    """Where it begins, from 1."""
    word: str
    """In lower case: `parameter`, `system`."""
    value: str
    """Without its quotes; of a parameter, what follows its name."""
    name: str = ""
    """Of the parameter; empty for other commands."""


def commands_of(text: str) -> Iterator[Command]:
    """The commands of a Modelfile, comments left out.

    Raises:
        InvalidInput: when it cannot be read; the line is named.
    """
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    at = 0
    while at < len(lines):
        line = lines[at].strip(" \t")
        if not line or line.startswith("#"):
            at += 1
            continue
        command, after = _command(lines, at)
        yield command
        at = after


def quoted(text: str) -> str:
    """A text in the quotes that it needs; a Modelfile knows no other escape."""
    quote = '"""' if "\n" in text or text.startswith('"') else '"'
    return f"{quote}{text}{quote}"


def in_line(line: int, error: InvalidInput) -> InvalidInput:
    """The same mistake with the line that it is in."""
    return InvalidInput(f"line {line}: {error.what}", error.remedy)


def _command(lines: Sequence[str], at: int) -> tuple[Command, int]:
    """The command that begins in a line, and where the next one can begin."""
    line, name = at + 1, ""
    word, rest = _parted(lines[at])
    if word.lower() not in COMMANDS:
        raise in_line(line, InvalidInput(f"{word[:40]!r} is no command of a Modelfile"))
    if word.lower() == "parameter":
        name, rest = _parted(rest)
        if not name:
            raise in_line(line, InvalidInput("PARAMETER lacks a name and a value"))
    if not rest:
        raise in_line(line, InvalidInput(f"`{clean(name, 40) or word.upper()}` has no value"))
    value, after = _value(lines, at, rest)
    return Command(line, word.lower(), value, name), after


def _value(lines: Sequence[str], at: int, rest: str) -> tuple[str, int]:
    """A value, which quotes can carry over several lines, and where the next line is."""
    line, gathered = at + 1, [rest]
    quote = next((quote for quote in _QUOTES if rest.startswith(quote)), "")
    is_open = bool(quote) and not _is_closed(rest, quote)
    while is_open:
        at += 1
        if at == len(lines):
            raise in_line(line, InvalidInput(f"the {quote} that begins here does not end"))
        gathered.append(lines[at])
        is_open = not lines[at].rstrip().endswith(quote)
    value = "\n".join(gathered).rstrip()
    return value[len(quote) : len(value) - len(quote)], at + 1


def _is_closed(text: str, quote: str) -> bool:
    text = text.rstrip()
    return len(text) >= 2 * len(quote) and text.endswith(quote)


def _parted(text: str) -> tuple[str, str]:
    """The first word of a text, and the rest behind the blanks that follow."""
    first, *rest = *text.split(None, 1), ""
    return first, rest[0] if rest else ""
