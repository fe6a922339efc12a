"""The shapes of models that were asked for once, a small file for each digest."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import astuple, fields
from pathlib import Path

from ollama_tui.core.errors import StateUnwritable
from ollama_tui.core.files import read_json, write_atomically
from ollama_tui.core.memory.shape import Layer, Shape
from ollama_tui.core.text import clean

_FORMAT = 2
_AT_MOST = 4000
_DIGEST = re.compile(r"[0-9a-f]{12,64}")
_NUMBERS = ("weights", "host_weights", "projector", "vocabulary", "width", "heads", "kv_heads",
            "queries", "feed", "window", "trained", "num_ctx", "num_batch")  # fmt: skip
_UNKNOWN = ("weights", "kv_heads", "trained", "num_ctx", "num_batch")
"""Those that may be unknown."""
_LARGEST = 2**60


class ShapeCache:
    """A folder whose files can be lost, or damaged, one by one."""

    def __init__(self, folder: Path) -> None:
        """Keep them in that folder, which need not exist."""
        self._folder = folder

    def load(self, digest: str) -> Shape | None:
        """What is known of that model; None if there is nothing, or nothing that can be used."""
        if not _DIGEST.fullmatch(digest):
            return None
        try:
            found = read_json(self._path(digest)) or {}
            return _shape(found) if found.get("format") == _FORMAT else None
        except (OSError, ValueError, TypeError, LookupError):
            return None

    def save(self, digest: str, shape: Shape) -> None:
        """Keep a shape; a folder that cannot be written is no failure."""
        if not _DIGEST.fullmatch(digest):
            return
        numbers = {name: getattr(shape, name) for name in _NUMBERS}
        layers = [astuple(layer) for layer in shape.layers]
        content = {"format": _FORMAT, **numbers, "layers": layers, "notes": shape.notes}
        with suppress(StateUnwritable, OSError):
            write_atomically(self._path(digest), json.dumps(content, separators=(",", ":")))
            self._forget_some()

    def _path(self, digest: str) -> Path:
        return self._folder / f"{digest}.json"

    def _forget_some(self) -> None:
        known = list(self._folder.glob("*.json"))
        if len(known) > _AT_MOST:
            known.sort(key=lambda path: path.stat().st_mtime)
            for path in known[: _AT_MOST // 4]:
                path.unlink(missing_ok=True)


def _shape(found: Mapping[str, object]) -> Shape:
    numbers = {name: _number(found[name], may_lack=name in _UNKNOWN) for name in _NUMBERS}
    layers, notes = found["layers"], found["notes"]
    if not isinstance(layers, list) or not isinstance(notes, list):
        raise ValueError("a list is none")
    if not all(isinstance(note, str) and clean(note) == note for note in notes):
        raise ValueError("a note is none")
    return Shape(layers=tuple(map(_layer, layers)), notes=tuple(notes), **numbers)  # type: ignore[arg-type]


def _layer(found: object) -> Layer:
    if not isinstance(found, list) or len(found) != len(fields(Layer)):
        raise ValueError("a layer is none")
    key, value, slides, state = found
    widths = [_number(number) or 0 for number in (key, value, state)]
    return Layer(widths[0], widths[1], slides=slides is True, state=widths[2])


def _number(found: object, *, may_lack: bool = False) -> int | None:
    if found is None and may_lack:
        return None
    if isinstance(found, bool) or not isinstance(found, int) or not 0 <= found < _LARGEST:
        raise ValueError("a number is none")
    return found
