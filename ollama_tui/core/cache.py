"""The last known library of each server, drawn before the server has answered."""

from __future__ import annotations

import hashlib
import json
import math
from contextlib import suppress
from dataclasses import astuple, dataclass, fields, replace
from pathlib import Path
from typing import Any, TypeGuard

from ollama_tui.core.errors import StateUnwritable
from ollama_tui.core.files import read_json, write_atomically
from ollama_tui.core.library import Library
from ollama_tui.core.models import Model
from ollama_tui.core.text import clean

_FORMAT = 2
_FIELDS = [field.name for field in fields(Model)]
# As they are annotated, so that a new one is checked too.
_TEXTS = [at for at, field in enumerate(fields(Model)) if field.type == "str"]
_NUMBERS = [at for at, field in enumerate(fields(Model)) if str(field.type).endswith("| None")]
_WORDS = _FIELDS.index("capabilities")


@dataclass(frozen=True, slots=True)
class KnownLibrary:
    """A library and when its server last showed it."""

    library: Library
    as_of: float
    """Seconds since 1970."""
    version: str = ""
    """The server's version then."""
    running_lines: int = 1
    """Lines that the loaded models took on screen, so that the first layout can be the last."""


class LibraryCache:
    """A file for each server in the cache folder; losing one costs nothing."""

    def __init__(self, folder: Path, server: str) -> None:
        """Keep the library of the server with that key in that folder."""
        self._server = server
        self._path = folder / f"library-{hashlib.sha256(server.encode()).hexdigest()[:16]}.json"

    def load(self) -> KnownLibrary | None:
        """What was kept; None if there is nothing, or nothing that can be used."""
        try:
            content = read_json(self._path) or {}
            if (content["format"], content["server"], content["fields"]) != (
                _FORMAT,
                self._server,
                _FIELDS,
            ):
                return None
            rows, as_of, lines = (content[key] for key in ("models", "as_of", "running_lines"))
            if not isinstance(rows, list) or not _is_number(as_of) or not _is_number(lines):
                return None
            models = Library(tuple(_model(row) for row in rows))
            version = clean(content.get("version"), 40)
            return KnownLibrary(models, float(as_of), version, max(1, min(int(lines), 20)))
        except (OSError, ValueError, TypeError, LookupError, OverflowError):
            return None

    def renew(self, library: Library, now: float) -> None:
        """Keep a library that was just shown, beside what else is known; no news is not written."""
        known = self.load()
        if known is None:
            self.save(KnownLibrary(library, now))
        elif known.library != library:
            self.save(replace(known, library=library, as_of=now))

    def save(self, known: KnownLibrary) -> None:
        """Keep a library; a folder that cannot be written is no failure."""
        content = {
            "format": _FORMAT,
            "server": self._server,
            "as_of": known.as_of,
            "version": known.version,
            "running_lines": known.running_lines,
            "fields": _FIELDS,
            "models": [astuple(model) for model in known.library],
        }
        try:
            write_atomically(self._path, json.dumps(content, separators=(",", ":")))
        except StateUnwritable:
            return


def known_servers(folder: Path) -> tuple[str, ...]:
    """The keys of the servers whose libraries are kept."""
    servers = set[str]()
    for path in folder.glob("library-*.json"):
        with suppress(OSError, ValueError):
            server = (read_json(path) or {}).get("server")
            if isinstance(server, str) and clean(server) == server:
                servers.add(server)
    return tuple(sorted(servers))


def _model(row: list[Any]) -> Model:
    texts, numbers = [row[at] for at in _TEXTS], [row[at] for at in _NUMBERS]
    words = row[_WORDS]
    if not isinstance(words, list) or not all(_is_clean(text) for text in (*texts, *words)):
        raise ValueError("a text is not one")
    if not all(number is None or _is_number(number) for number in numbers):
        raise ValueError("a number is not one")
    values: list[Any] = [tuple(value) if isinstance(value, list) else value for value in row]
    return Model(*values)


def _is_clean(text: object) -> bool:
    return isinstance(text, str) and clean(text) == text


def _is_number(value: object) -> TypeGuard[float]:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return math.isfinite(value)
