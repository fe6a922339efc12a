"""How long models took to load, so that one who waits knows for how long."""

from __future__ import annotations

import json
from pathlib import Path

from ollama_tui.core.errors import StateUnwritable
from ollama_tui.core.files import read_json, write_atomically

_AT_MOST = 500
_LONGEST = 86400.0


class LoadTimes:
    """The last time of each model on one server, in a file that can be lost."""

    def __init__(self, path: Path, server: str) -> None:
        """Keep the times of the server with that key in that file, which need not exist."""
        self._path, self._server = path, server

    def last(self, digest: str) -> float | None:
        """Seconds that it took the last time; None if that is not known."""
        found = self._times().get(f"{self._server} {digest}")
        if isinstance(found, bool) or not isinstance(found, int | float):
            return None
        return float(found) if 0 <= found <= _LONGEST else None

    def keep(self, digest: str, seconds: float) -> None:
        """Remember how long it took; a folder that cannot be written is no failure."""
        key = f"{self._server} {digest}"
        times = {name: time for name, time in self._times().items() if name != key}
        newest = [*times.items(), (key, round(seconds, 1))][-_AT_MOST:]
        try:
            write_atomically(self._path, json.dumps(dict(newest)))
        except StateUnwritable:
            return

    def _times(self) -> dict[str, object]:
        try:
            return read_json(self._path) or {}
        except (OSError, ValueError):
            return {}
