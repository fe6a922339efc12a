"""What the program remembers of the user's ways: sort order, theme, folded panels."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from ollama_tui.core.errors import StateUnwritable
from ollama_tui.core.files import read_json, write_atomically
from ollama_tui.core.library import Column


@dataclass(frozen=True, slots=True)
class Preferences:
    """What was chosen by a key and outlives the program."""

    sort: str = Column.NAME.value
    reverse: bool = False
    theme: str = ""
    """Empty: the default one."""
    folded: tuple[str, ...] = ()
    """The panels of which only the title is shown, by their names."""

    @property
    def column(self) -> Column:
        """The column that models are sorted by."""
        try:
            return Column(self.sort)
        except ValueError:
            return Column.NAME


def load_preferences(path: Path) -> Preferences:
    """What was kept; the defaults for whatever is missing or damaged."""
    try:
        found = read_json(path) or {}
    except (OSError, ValueError):
        return Preferences()
    sort, theme, folded = found.get("sort"), found.get("theme"), found.get("folded")
    return Preferences(
        sort if isinstance(sort, str) else Column.NAME.value,
        found.get("reverse") is True,
        theme if isinstance(theme, str) else "",
        tuple(name for name in folded if isinstance(name, str)) if isinstance(folded, list) else (),
    )


def save_preferences(path: Path, preferences: Preferences) -> None:
    """Keep them; a folder that cannot be written is no failure."""
    try:
        write_atomically(path, json.dumps(asdict(preferences)) + "\n")
    except StateUnwritable:
        return
