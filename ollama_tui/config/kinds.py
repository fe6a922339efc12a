"""What a setting can be: each kind reads a value of the config file, or says what it must be."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from ollama_tui.core.errors import InvalidInput, Refused
from ollama_tui.core.hosts import parse_host
from ollama_tui.core.keep_alive import parse_keep_alive
from ollama_tui.core.spelling import advice
from ollama_tui.core.text import clean


class Unfit(InvalidInput):
    """A value is not of its kind."""

    def __init__(self, expected: str, within: str = "") -> None:
        """Say what is expected.

        Args:
            expected: goes on after `must be`.
            within: what of a table is unfit; empty for the value as a whole.
        """
        super().__init__(f"must be {expected}", "Mend it there.")
        self.within = within


Read = Callable[[object], object]
"""Reads a value of one kind; what is not of it is an InvalidInput, which names no place."""


def text(value: object) -> str:
    """A text."""
    if not isinstance(value, str):
        raise Unfit("a text")
    return value


def theme(value: object) -> str:
    """The name of a theme; empty for the remembered one."""
    from ollama_tui.config.themes import ALL_THEMES

    name = text(value)
    if name and name not in ALL_THEMES:
        remedy = advice(name, ALL_THEMES, "`ollama-tui config --help` lists them.")
        raise InvalidInput(f"is no theme that there is: {clean(name, 40)!r}", remedy)
    return name


def flag(value: object) -> bool:
    """True or false."""
    if not isinstance(value, bool):
        raise Unfit("true or false")
    return value


def number(least: int, most: int) -> Read:
    """A whole number within bounds."""

    def read(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise Unfit(f"a whole number from {least} to {most}")
        return value

    return read


def texts(value: object) -> tuple[str, ...]:
    """A list of texts."""
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise Unfit("a list of texts")
    return tuple(value)


def command(value: object) -> tuple[str, ...]:
    """A program and its arguments; empty for none."""
    words = texts(value)
    if words and not words[0].strip():
        raise Unfit("a list that begins with a program's name")
    if any("\0" in word for word in words):
        raise Unfit("a list of texts without NUL characters")
    return words


def hosts(value: object) -> tuple[str, ...]:
    """The hosts of registries: people write an address, but a model's name has the host alone."""
    return tuple(word.strip().removeprefix("http://").rstrip("/") for word in texts(value))


def host(value: object) -> str:
    """The base URL of a server, in any usual spelling."""
    return parse_host(text(value))


def new_name(value: object) -> str:
    """A name that a model can be given; empty for none."""
    name = text(value)
    if name:
        from ollama_tui.core.installed import refuse_suffix

        try:
            refuse_suffix(name)
        except Refused as error:
            raise InvalidInput(error.what, error.remedy) from error
    return name


def times(value: object) -> tuple[float, ...]:
    """Times to stay loaded, in seconds, each once; negative for ever."""
    seconds = tuple(dict.fromkeys(map(parse_keep_alive, texts(value))))
    if not 1 <= len(seconds) <= 9 or 0 in seconds:
        raise Unfit('a list of 1 to 9 times such as "30m", "2h" or "forever"')
    return seconds


def table(value: object) -> Mapping[str, str]:
    """A table of texts, its tables within joined by dots."""
    if not isinstance(value, dict):
        raise Unfit("a table")
    flat: dict[str, str] = {}
    for key, item in _flattened(value):
        if not isinstance(item, str):
            raise Unfit("a text", within=key)
        flat[key] = item
    return MappingProxyType(flat)


def _flattened(values: Mapping[str, object], before: str = "") -> list[tuple[str, object]]:
    # In TOML `model.delete = "x"` is a table in a table; the ids of acts have dots in them.
    rows: list[tuple[str, object]] = []
    for key, value in values.items():
        if isinstance(value, dict):
            rows += _flattened(value, f"{before}{key}.")
        else:
            rows.append((f"{before}{key}", value))
    return rows
