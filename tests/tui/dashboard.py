"""The dashboard as a test drives it: keys in, the screen's text out."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from textual import events
from textual.pilot import Pilot

from ollama_tui.config import Settings
from ollama_tui.core.connection import Connection
from ollama_tui.core.downloads import Downloads
from ollama_tui.core.gpus.machine import GpuSource
from ollama_tui.core.library import Library
from ollama_tui.core.local_downloads import LocalDownloads
from ollama_tui.core.machine import Machine
from ollama_tui.core.model_disk import ModelDisk
from ollama_tui.core.preferences import load_preferences
from ollama_tui.core.preflight import Preflight
from ollama_tui.core.service import OllamaService
from ollama_tui.core.start_log import StartLog
from ollama_tui.demo.clock import FastClock
from ollama_tui.demo.emulator import Emulator
from ollama_tui.demo.names import parse_name
from ollama_tui.demo.transport import EmulatorTransport
from ollama_tui.tui.app import OllamaTuiApp
from ollama_tui.tui.parts import Parts

_NONE = Library()
DEADLINE = 15.0
"""Seconds of patience; nothing takes nearly as long, even on a busy machine."""


def screen_text(app: OllamaTuiApp) -> str:
    """What is on the screen, line by line."""
    strips = app.screen._compositor.render_strips()
    return "\n".join(strip.text.rstrip() for strip in strips)


async def wait_until(pilot: Pilot[None], predicate: Callable[[], object]) -> None:
    """Let the application work until something holds."""
    deadline = time.monotonic() + DEADLINE
    while not predicate():
        if pilot.app._exception is not None:
            raise pilot.app._exception
        if time.monotonic() > deadline:
            raise AssertionError(f"it did not come to that; on screen:\n{_text_of(pilot)}")
        await pilot.pause(0.01)


def _text_of(pilot: Pilot[None]) -> str:
    assert isinstance(pilot.app, OllamaTuiApp)
    return screen_text(pilot.app)


@dataclass(frozen=True)
class Dashboard:
    """A dashboard that runs without a terminal."""

    app: OllamaTuiApp
    pilot: Pilot[None]

    @property
    def text(self) -> str:
        """What is on the screen."""
        return screen_text(self.app)

    @property
    def lines(self) -> list[str]:
        """What is on the screen, line by line."""
        return self.text.splitlines()

    def line_with(self, words: str) -> str:
        """The first line on the screen that holds these words; empty if there is none."""
        return next((line for line in self.lines if words in line), "")

    @property
    def names(self) -> list[str]:
        """The models in the table, in its order."""
        return [model.name for model in self.app.view.shown(self.app.library or _NONE)]

    @property
    def notice(self) -> str:
        """What the last act said; empty if it is gone."""
        return f"{self.app.notice.text} {self.app.notice.fact}" if self.app.notice else ""

    async def press(self, *keys: str) -> None:
        """Press keys, one after the other has been dealt with."""
        for key in keys:
            self.press_fast(key)
            await self._settled()

    async def type(self, text: str) -> None:
        """Type a text."""
        await self.press(*(_KEYS.get(letter, letter) for letter in text))

    def press_fast(self, *keys: str) -> None:
        """Press keys faster than anything is dealt with."""
        for key in keys:
            character = _CHARACTERS.get(key, key if len(key) == 1 else None)
            self.app.post_message(events.Key(key, character))

    async def leaves(self, *keys: str) -> bool:
        """Press keys, and tell whether the program ends."""
        self.press_fast(*keys)
        # An application that ends answers nobody, so its own pilot cannot be asked.
        for _ in range(300):
            if self.app._exit:
                break
            await asyncio.sleep(0.01)
        return self.app._exit

    async def _settled(self) -> None:
        # What Textual's own pilot waits for takes 90 ms a key. A key goes from the application
        # to the widget and back up, so everybody's queue is waited for three times.
        for _ in range(3):
            done = asyncio.Event()
            if not self.app.call_later(done.set):
                return
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(done.wait(), 2)
            await self.pilot._wait_for_screen()

    async def until(self, predicate: Callable[[], object]) -> None:
        """Wait until something holds."""
        await wait_until(self.pilot, predicate)

    async def shows(self, *words: str) -> None:
        """Wait until all these words are on the screen."""
        await self.until(lambda: all(word in self.text for word in words))

    async def hides(self, words: str) -> None:
        """Wait until these words are not on the screen."""
        await self.until(lambda: words not in self.text)

    async def polled_again(self) -> None:
        """Wait until the server was asked everything once more and the answers are shown."""
        for _ in range(2):
            self.app.refresh_now()
            await self.pilot.pause(0.05)


_CHARACTERS = {
    "slash": "/", "colon": ":", "space": " ", "full_stop": ".", "minus": "-",
    "question_mark": "?", "left_square_bracket": "[", "right_square_bracket": "]",
}  # fmt: skip
_KEYS = {character: key for key, character in _CHARACTERS.items()}


def asked(emulator: Emulator, path: str) -> int:
    """How often the server was asked that."""
    return sum(request.path == path for request in emulator.requests)


def remove(emulator: Emulator, name: str) -> None:
    """Delete a model behind the dashboard's back."""
    emulator.store.remove(parse_name(name))


def copy(emulator: Emulator, source: str, name: str) -> None:
    """Give a model one more name behind the dashboard's back."""
    model = emulator.store.find(parse_name(source))
    assert model is not None
    emulator.store.install(parse_name(name), model.manifest, emulator.clock.now())


@dataclass
class Opener:
    """Opens dashboards that share their files, as one started after the other does."""

    settings: Settings
    clock: FastClock
    preflight: Callable[[Settings, Connection, OllamaService], Preflight | None] = field(
        default=lambda settings, connection, service: None
    )
    """Makes what looks ahead; nothing does by default."""
    disk: ModelDisk | None = None
    """Looks at the disk of the models; None: that is on another machine."""
    gpus: GpuSource | None = None
    """Who is asked for the GPUs; None: nobody, as if there were none."""
    log: StartLog = field(default_factory=StartLog)
    """Tells of the server's start; nothing by default."""
    downloads: Callable[[Settings], Downloads] | None = None
    """Makes the downloads; None: they run in the dashboard, and end with it."""

    @asynccontextmanager
    async def __call__(
        self,
        emulator: Emulator,
        size: tuple[int, int] = (120, 40),
        is_ready: bool = True,
        **changes: Any,
    ) -> AsyncIterator[Dashboard]:
        """Start one, and wait until the first answers are there.

        Args:
            emulator: the server.
            size: columns and lines.
            is_ready: whether to wait for the answers.
            changes: of the settings.
        """
        app = self.made(emulator, **changes)
        async with app.run_test(size=size) as pilot:
            dashboard = Dashboard(app, pilot)
            if is_ready:
                await dashboard.until(
                    lambda: (
                        app.library is not None
                        and app.stale_as_of is None
                        and app.running is not None
                        and app.server.version
                    )
                )
                await pilot.pause(0.01)
            yield dashboard
        await app.service.aclose()
        await asyncio.sleep(0)

    def made(self, emulator: Emulator, **changes: Any) -> OllamaTuiApp:
        """Make one that is not running yet."""
        settings = replace(self.settings, **changes)
        connection = Connection(
            settings.url,
            read_only=settings.read_only,
            transport=EmulatorTransport(emulator),
        )

        def seconds() -> float:
            return self.clock.now().timestamp()

        service = OllamaService(connection, seconds)
        parts = Parts(
            service,
            self.downloads(settings)
            if self.downloads
            else LocalDownloads(connection, settings.insecure_registries, seconds),
            self.preflight(settings, connection, service),
            Machine(self.disk or ModelDisk(None), self.gpus, self.log),
        )
        preferences = load_preferences(settings.paths.preferences)
        return OllamaTuiApp(settings, lambda: parts, preferences, seconds)
