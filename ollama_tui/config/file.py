"""The config file: its values, and on which line each of them is."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

from ollama_tui.core.errors import InvalidInput, reason_of
from ollama_tui.core.files import read_text
from ollama_tui.core.spelling import advice
from ollama_tui.core.text import clean


class ConfigFile:
    """The config file as it was read; what is not as it should be is refused in words."""

    def __init__(self, path: Path) -> None:
        """Read the file now; one that is not there has no values.

        Raises:
            InvalidInput: when it cannot be read, or is not TOML.
        """
        self.path = path
        self.exists = True
        self._text = self._read()
        self.values = self._parsed()

    def _read(self) -> str:
        try:
            # Some editors begin a file with a mark of its encoding.
            return read_text(self.path, "utf-8-sig")
        except FileNotFoundError:
            self.exists = False
            return ""
        except OSError as error:
            raise InvalidInput(f"{self.path} cannot be read: {reason_of(error)}") from error
        except UnicodeDecodeError as error:
            line = error.object.count(b"\n", 0, error.start) + 1
            raise self._not_toml(f"it is not UTF-8 (at line {line})") from error

    def _parsed(self) -> Mapping[str, object]:
        if not self._text:
            return {}
        # Most people have no such file, and this takes 5 ms.
        import tomllib

        try:
            return tomllib.loads(self._text)
        except (ValueError, RecursionError) as error:
            raise self._not_toml(str(error)) from error

    def _not_toml(self, why: str) -> InvalidInput:
        return InvalidInput(f"{self.path} is not valid TOML: {clean(why)}", "Mend it there.")

    def line_of(self, name: str) -> int | None:
        """The line on which a setting is; None if it is not there."""
        # Only where something is wrong, or is asked for, a line is looked for.
        from ollama_tui.config.lines import key_lines

        lines = key_lines(self._text)
        while name and name not in lines:
            # An inline table is on one line with all that is in it.
            name = name.rpartition(".")[0]
        return lines.get(name)

    def wrong(self, name: str, what: str, remedy: str) -> InvalidInput:
        """The refusal of a setting, with its place.

        Args:
            name: of the setting; dots lead into its table.
            what: goes on after the file and the line.
            remedy: what to do about it.
        """
        line = self.line_of(name)
        place = f"{self.path}, line {line}" if line else f"{self.path}"
        return InvalidInput(f"{place}{what}", remedy)

    def refuse_others(self, known: Collection[str]) -> None:
        """Refuse a file with names that are no setting's.

        Raises:
            InvalidInput: naming the first such name.
        """
        for name in self.values:
            if name not in known:
                shown = clean(name, 40)
                remedy = advice(name, known, "`ollama-tui config` lists them all.")
                raise self.wrong(name, f" sets {shown!r}, which is no setting", remedy)
