"""The config file's values, each checked when it is asked for."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path

from ollama_tui.core.errors import InvalidInput
from ollama_tui.core.hosts import parse_host
from ollama_tui.core.text import clean


class ConfigFile:
    """The config file, read value by value; what is not as it should be is refused in words."""

    def __init__(self, path: Path) -> None:
        """Read the file now; one that is not there has no values.

        Raises:
            InvalidInput: when it cannot be read, or is not TOML.
        """
        self._path = path
        self._values = self._read()

    def _read(self) -> dict[str, object]:
        try:
            return tomllib.loads(self._path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except OSError as error:
            reason = (error.strerror or "").lower()
            raise InvalidInput(f"{self._path} cannot be read: {reason}") from error
        except (ValueError, RecursionError) as error:
            raise InvalidInput(
                f"{self._path} is not valid TOML: {clean(str(error))}", "Mend that line."
            ) from error

    def _wrong(self, name: str, expected: str) -> InvalidInput:
        return InvalidInput(f"{self._path}: {name} must be {expected}", "Mend it there.")

    def text(self, name: str) -> str:
        """A text; empty if the file does not set it."""
        value = self._values.pop(name, "")
        if not isinstance(value, str):
            raise self._wrong(name, "a text")
        return value

    def flag(self, name: str, default: bool = False) -> bool:
        """True or false."""
        value = self._values.pop(name, default)
        if not isinstance(value, bool):
            raise self._wrong(name, "true or false")
        return value

    def number(self, name: str, default: int, least: int, most: int) -> int:
        """A whole number within bounds."""
        value = self._values.pop(name, default)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise self._wrong(name, f"a whole number from {least} to {most}")
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts; empty if the file does not set it."""
        value = self._values.pop(name, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self._wrong(name, "a list of texts")
        return tuple(value)

    def command(self, name: str) -> tuple[str, ...]:
        """A program and its arguments; empty if the file does not set it."""
        words = self.texts(name)
        if words and not words[0].strip():
            raise self._wrong(name, "a list that begins with a program's name")
        if any("\0" in word for word in words):
            raise self._wrong(name, "a list of texts without NUL characters")
        return words

    def table(self, name: str) -> dict[str, str]:
        """A table of texts, its tables within joined by dots."""
        value = self._values.pop(name, {})
        if not isinstance(value, dict):
            raise self._wrong(name, "a table")
        flat = dict(_flattened(value))
        if not all(isinstance(item, str) for item in flat.values()):
            raise self._wrong(name, "a table of texts")
        return {key: str(item) for key, item in flat.items()}

    def host(self) -> str | None:
        """The address in the file, read; None if it names none."""
        text = self.text("host")
        if not text:
            return None
        try:
            return parse_host(text)
        except InvalidInput as error:
            raise InvalidInput(f"{self._path}: host {error.what}", error.remedy) from error

    def refuse_the_rest(self) -> None:
        """Refuse what nobody asked for.

        Raises:
            InvalidInput: naming the first such setting.
        """
        if self._values:
            name = clean(next(iter(self._values)), 40)
            raise InvalidInput(
                f"{self._path} sets {name!r}, which is no setting", "The README lists them all."
            )


def _flattened(table: Mapping[str, object], before: str = "") -> list[tuple[str, object]]:
    # In TOML `model.delete = "x"` is a table in a table; the ids of acts have dots in them.
    rows: list[tuple[str, object]] = []
    for key, value in table.items():
        if isinstance(value, dict):
            rows += _flattened(value, f"{before}{key}.")
        else:
            rows.append((f"{before}{key}", value))
    return rows
