"""Measuring the longest turn of the event loop while a text of 5 MB is read and searched."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

from textual.pilot import Pilot

from ollama_tui.config import demo_paths, load_settings
from ollama_tui.core.connection import Connection
from ollama_tui.core.local_downloads import LocalDownloads
from ollama_tui.core.service import OllamaService
from ollama_tui.demo.emulator import Emulator
from ollama_tui.demo.faults import Fault
from ollama_tui.demo.synthetic import synthetic_emulator
from ollama_tui.demo.transport import EmulatorTransport
from ollama_tui.demo.wire import json_answer
from ollama_tui.tui.app import OllamaTuiApp
from ollama_tui.tui.parts import Parts
from ollama_tui.tui.screens.inspect import InspectScreen

MB = 1_000_000
_LINE = "The quick brown fox jumps over the lazy dog, and a Füchsin too.\n"
_TEXTS = {
    "lines": _LINE * (5 * MB // len(_LINE)),
    "one line": "word " * MB,
    "wide letters": "漢字" * MB,
    "empty lines": "\n" * 2 * MB + "end",
}
_PATIENCE_SECONDS = 60.0


class Turns:
    """For how long the event loop worked at one thing, at most."""

    def __init__(self) -> None:
        """Nothing is measured yet."""
        self.longest = 0.0

    async def measure(self) -> None:
        """Come in between all turns until cancelled."""
        while True:
            # Of this thread alone: the machine may be busy with others.
            before = time.thread_time()
            await asyncio.sleep(0)
            self.longest = max(self.longest, time.thread_time() - before)


def longest_turns(home: Path) -> dict[str, float]:
    """Seconds of the longest turn with each kind of text: opened, paged through, searched."""
    return {
        kind: asyncio.run(_longest_turn(home / kind.replace(" ", "-"), text))
        for kind, text in _TEXTS.items()
    }


async def _longest_turn(home: Path, text: str) -> float:
    emulator, turns = synthetic_emulator(20), Turns()
    told = {"license": text, "template": "{{ .Prompt }}"}
    app = _dashboard(home, emulator)
    async with app.run_test(size=(120, 40)) as pilot:
        await _until(lambda: app.library is not None and app.running is not None)
        # With the next model, of which nothing is known yet.
        emulator.faults["/api/show"] = Fault(answer=json_answer(told))
        await pilot.press("down")
        async with asyncio.TaskGroup() as group:
            measuring = group.create_task(turns.measure())
            await _read(app, pilot)
            measuring.cancel()
    await app.service.aclose()
    return turns.longest


async def _read(app: OllamaTuiApp, pilot: Pilot[None]) -> None:
    await pilot.press("i")
    await _until(lambda: isinstance(app.screen, InspectScreen))
    screen = app.screen
    assert isinstance(screen, InspectScreen)
    await _until(lambda: len(screen.reader.document.text) >= MB)
    await pilot.press("G", "g", "pagedown", "pagedown", "tab", "shift+tab", "k", "j", "y")
    for letters in ("zebra", "fox"):
        await pilot.press("slash", *letters)
        await _until(lambda: screen.reader.found is not None and screen.reader.found.is_complete)
        await pilot.press("enter", "N", "n", "escape")


async def _until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(_PATIENCE_SECONDS):
        # There is no event for what is drawn.
        while not is_so():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


def _dashboard(home: Path, emulator: Emulator) -> OllamaTuiApp:
    settings = load_settings({}, demo_paths(home))
    connection = Connection(settings.url, transport=EmulatorTransport(emulator))
    downloads = LocalDownloads(connection, settings.insecure_registries)
    parts = Parts(OllamaService(connection), downloads)
    return OllamaTuiApp(settings, lambda: parts)
