"""The pins of each server on disk, shared by every program of the user's."""

from __future__ import annotations

import asyncio
import json
import logging
import math
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ollama_tui.core.errors import OllamaTuiError, StateUnwritable
from ollama_tui.core.files import locked, read_json, read_or_set_aside, stamp, write_atomically
from ollama_tui.core.models import Model, RunningModel
from ollama_tui.core.pins import Break, Change, Ending, Pin, Pins
from ollama_tui.core.text import clean

_FORMAT = 1
_ADVICE = "pin again what is to stay loaded"
_log = logging.getLogger(__name__)


class PinFile:
    """The pins on one server; losing the file costs no more than that nobody watches them."""

    def __init__(self, path: Path, server: str, warn: Callable[[str], None] = _log.warning) -> None:
        """Keep the pins on the server with that key in that file.

        Args:
            path: `pins.json` in the state folder; it need not exist.
            server: the key of `hosts.server_key`.
            warn: is told in words when the file is damaged or cannot be written.
        """
        self._path, self._server, self._warn = path, server, warn
        self._stamp: tuple[int, ...] | None = None
        self._pins = Pins()
        self._reading = threading.Lock()

    def read(self) -> Pins:
        """The pins as they are on disk now; the very same as long as the file is."""
        with self._reading:
            now = stamp(self._path)
            if now != self._stamp:
                self._stamp, self._pins = now, self._read()
            return self._pins

    def change(self, change: Change) -> Pins:
        """Change the pins on disk; where that fails it is told, and they are as they were."""
        try:
            with locked(self._path):
                servers = self._servers()
                before = _pins(servers.get(self._server))
                pins = change(before)
                if pins != before:
                    servers[self._server] = _as_object(pins)
                    content = {"version": _FORMAT, "servers": servers}
                    write_atomically(self._path, json.dumps(content, indent=1) + "\n")
                return pins
        except StateUnwritable as error:
            self._warn(f"Pins are not watched. {error}")
            return self.read()

    async def note(self, change: Change) -> Pins:
        """Change the pins, without holding up what runs beside it."""
        return await asyncio.to_thread(self.change, change)

    @asynccontextmanager
    async def unpinned(self, model: Model | RunningModel) -> AsyncIterator[None]:
        """Let a model go: who watches its pin must not take it for lost; a failure pins again."""
        before = (await asyncio.to_thread(self.read)).of(model)
        await self.note(lambda pins: pins.without(model))
        try:
            yield
        except OllamaTuiError:
            if before is not None:
                await self.note(lambda pins: pins.with_pin(before))
            raise

    def _read(self) -> Pins:
        try:
            return _pins(self._servers().get(self._server))
        except StateUnwritable as error:
            self._warn(str(error))
            return Pins()

    def _servers(self) -> dict[str, object]:
        return read_or_set_aside(self._path, _servers_in, self._warn, _ADVICE)


def _servers_in(path: Path) -> dict[str, object]:
    content = read_json(path) or {}
    version = content.get("version", _FORMAT)
    if not isinstance(version, int):
        raise ValueError("its version is no number")
    if version > _FORMAT:
        raise StateUnwritable(f"{path} was written by a newer ollama-tui", "Update this one.")
    servers = content.get("servers", {})
    if not isinstance(servers, dict):
        raise ValueError("servers is not an object")
    return servers


def _as_object(pins: Pins) -> dict[str, object]:
    rows = []
    for pin in pins.pins:
        row = asdict(pin)
        if pin.broken is not None:
            row["broken"]["how"] = pin.broken.how.value
        rows.append(row)
    return {"pins": rows, "ours": list(pins.ours)}


def _pins(found: object) -> Pins:
    # An entry that is not as it should be is no pin: it counts for nothing, and nothing is lost.
    if not isinstance(found, dict):
        return Pins()
    rows, ours = found.get("pins"), found.get("ours")
    return Pins(
        tuple(pin for row in _list(rows) if (pin := _pin(row)) is not None),
        tuple(clean(digest, 100) for digest in _list(ours) if digest),
    )


def _pin(row: object) -> Pin | None:
    if not isinstance(row, dict) or not (name := clean(row.get("name"), 500)):
        return None
    return Pin(
        name,
        clean(row.get("digest"), 100),
        _whole(row.get("context_length")),
        row.get("is_ours") is True,
        row.get("is_seen") is True,
        _break(row.get("broken")),
        _moment(row.get("renewed_at")),
    )


def _break(row: object) -> Break | None:
    if not isinstance(row, dict):
        return None
    since = _moment(row.get("since"))
    how = next((one for one in Ending if one.value == row.get("how")), None)
    if since is None or how is None:
        return None
    return Break(how, since, clean(row.get("by"), 500), row.get("was_watched") is not False)


def _moment(found: object) -> float | None:
    if isinstance(found, bool) or not isinstance(found, int | float):
        return None
    return float(found) if math.isfinite(found) and found > 0 else None


def _whole(found: object) -> int | None:
    return found if isinstance(found, int) and not isinstance(found, bool) and found > 0 else None


def _list(found: object) -> list[Any]:
    return found if isinstance(found, list) else []
