"""The pins of each server on disk, shared by every program of the user's."""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ollama_tui.core.errors import OllamaTuiError, StateUnwritable
from ollama_tui.core.files import JsonObject
from ollama_tui.core.models import Model, RunningModel
from ollama_tui.core.pin_ends import Break, Ending
from ollama_tui.core.pins import Change, Look, Pin, Pins
from ollama_tui.core.server_file import ServerFile
from ollama_tui.core.text import clean

_log = logging.getLogger(__name__)


class PinFile:
    """The pins on one server; losing the file costs no more than that nobody watches them."""

    def __init__(self, path: Path, server: str, warn: Callable[[str], None] = _log.warning) -> None:
        """Keep the pins on the server with that key in that file.

        Args:
            path: `pins.json` in the state folder; it need not exist.
            server: the key of `hosts.server_key`.
            warn: is told in words when the file is damaged or cannot be written, once for each
                trouble, and never in another thread.
        """
        self._words: list[str] = []
        self._file = ServerFile(path, server, self._words.append, "pin again what is to stay")
        self._warn = warn
        self._told: set[str] = set()
        self._seen: tuple[JsonObject, Pins] = {}, Pins()

    def read(self) -> Pins:
        """The pins as they are on disk now; the very same as long as the file is."""
        entry = self._file.read()
        if entry is not self._seen[0]:
            self._seen = entry, _pins(entry)
        self._tell()
        return self._seen[1]

    async def change(self, change: Change) -> Pins:
        """Change the pins on disk; where that fails it is told, and they are as they were."""
        try:
            # Another program may hold the file for a moment.
            pins = await asyncio.to_thread(self._changed, change)
            self._told.clear()
            return pins
        except StateUnwritable as error:
            self._words.append(f"Pins are not watched. {error}")
            return self.read()
        finally:
            self._tell()

    @asynccontextmanager
    async def unpinned(self, model: Model | RunningModel) -> AsyncIterator[None]:
        """Let a model go: who watches its pin must not take it for lost.

        A failure pins it again, and so does who gives up waiting: then it may well be pinned yet.
        """
        before = self.read().of(model)
        await self.change(lambda pins: pins.without(model))
        try:
            yield
        except (OllamaTuiError, asyncio.CancelledError):
            if before is not None:
                with suppress(StateUnwritable):
                    self._changed(lambda pins: pins.with_pin(before))
            raise

    async def watch(self, look: Look) -> Pins:
        """The pins after a look at what is loaded; what ended is written down."""
        pins = self.read()
        if pins.seen(look) is pins:
            return pins
        return await self.change(lambda pins: pins.seen(look))

    async def may_renew(self, pin: Pin, running: Sequence[RunningModel], now: float) -> bool:
        """Whether to renew a pin unasked now; once told so, nobody else is for a minute.

        Args:
            pin: one that ended.
            running: what is loaded now.
            now: seconds since 1970.
        """

        def claimed(pins: Pins) -> Pins:
            known = pins.of(pin)
            is_due = known is not None and known.can_renew(running, now)
            return pins.renewing(pin.name, now) if is_due else pins

        known = (await self.change(claimed)).of(pin)
        return known is not None and known.renewed_at == now

    async def forget(self, pin: Pin) -> None:
        """Let a model go that is to stay no more."""
        await self.change(lambda pins: pins.without(pin))

    def _changed(self, change: Change) -> Pins:
        pins = Pins()

        def changed(entry: JsonObject) -> JsonObject:
            nonlocal pins
            before = _pins(entry)
            pins = change(before)
            return entry if pins == before else _as_object(pins)

        self._file.change(changed)
        return pins

    def _tell(self) -> None:
        words, self._words[:] = list(self._words), []
        for text in words:
            if text not in self._told:
                self._told.add(text)
                self._warn(text)


def _as_object(pins: Pins) -> JsonObject:
    rows = []
    for pin in pins.pins:
        row = asdict(pin)
        if pin.broken is not None:
            row["broken"]["how"] = pin.broken.how.value
        rows.append(row)
    return {"pins": rows, "ours": list(pins.ours)}


def _pins(found: JsonObject) -> Pins:
    # An entry that is not as it should be is no pin: it counts for nothing, and nothing is lost.
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
