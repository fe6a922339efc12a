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
from textual._context import visible_screen_stack
from textual.app import App
from textual.message_pump import MessagePump
from textual.pilot import Pilot
from textual.strip import Strip

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
POLL_SECONDS = 1.0
"""Between two looks at the server of a dashboard that is hurried while a test waits for it."""


def screen_text(app: OllamaTuiApp) -> str:
    """What is on the screen, line by line."""
    return "\n".join(strip.text.rstrip() for strip in strips_of(app))


def strips_of(app: App[Any]) -> list[Strip]:
    """What is on the screen with its colours, line by line."""
    visible_screen_stack.set(app._background_screens)
    return app.screen._compositor.render_strips()


async def wait_until(
    pilot: Pilot[None],
    predicate: Callable[[], object],
    hurry: Callable[[], None],
) -> None:
    """Let the application work until something holds.

    Args:
        pilot: the application's.
        predicate: what is to hold.
        hurry: called now and then while it does not.
    """
    begun = time.monotonic()
    hurried, rest = begun, 0.02
    while not predicate():
        now = time.monotonic()
        if pilot.app._exception is not None:
            raise pilot.app._exception
        if now > begun + DEADLINE:
            raise AssertionError(f"it did not come to that; on screen:\n{_text_of(pilot)}")
        if now > hurried + rest:
            hurry()
            hurried, rest = now, min(2 * rest, 0.16)
        await asyncio.sleep(0.01 if now < begun + 0.1 else 0.02)
        await drained(pilot)


async def drained(pilot: Pilot[None]) -> None:
    """Let the application and all of its screen deal with what waits for them."""
    app = pilot.app
    if app.screen_stack:
        await _reached(app, *app.screen.walk_children(with_self=True))
    if app.screen_stack:
        app.screen._on_timer_update()


async def _reached(*nodes: MessagePump) -> None:
    # Textual's pilot would wait half a minute for an application that ends meanwhile.
    left, done = 0, asyncio.Event()

    def arrived() -> None:
        nonlocal left
        left -= 1
        if not left:
            done.set()

    for node in nodes:
        left += node.call_later(arrived)
    if left:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(2):
                await done.wait()


def _text_of(pilot: Pilot[None]) -> str:
    assert isinstance(pilot.app, OllamaTuiApp)
    return screen_text(pilot.app)


def _not_at_all() -> None:
    pass


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
    def strips(self) -> list[Strip]:
        """What is on the screen with its colours, line by line."""
        return strips_of(self.app)

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
        keys = [_KEYS.get(letter, letter) for letter in text]
        # The first may be what makes the others letters.
        await self.press(*keys[:1])
        self.press_fast(*keys[1:])
        await self._settled()

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
        await _reached(self.app)
        while self.app.typing.has_more:  # noqa: ASYNC110 - nobody tells it
            await asyncio.sleep(0)
        # A key goes from the application to the widget that has the focus, and back up.
        if self.app.screen_stack:
            screen = self.app.screen
            for node in (self.app, *(screen.focused or screen).ancestors_with_self):
                await _reached(node)
        await drained(self.pilot)

    async def until(self, predicate: Callable[[], object]) -> None:
        """Wait until something holds; what the server has to tell is asked for meanwhile."""
        is_left_alone = self.app.settings.poll_seconds != POLL_SECONDS
        hurry = _not_at_all if is_left_alone else self.app.refresh_now
        await wait_until(self.pilot, predicate, hurry)

    async def shows(self, *words: str) -> None:
        """Wait until all these words are on the screen."""

        def are_shown() -> bool:
            text = self.text
            return all(word in text for word in words)

        await self.until(are_shown)

    async def hides(self, words: str) -> None:
        """Wait until these words are not on the screen."""
        await self.until(lambda: words not in self.text)

    async def polled_again(self) -> None:
        """Wait until the server was asked everything once more and the answers are shown."""
        pacers = (self.app.running_pacer, self.app.library_pacer)
        await asyncio.gather(*(pacer.polled() for pacer in pacers))
        await drained(self.pilot)


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
                await drained(pilot)
            try:
                yield dashboard
            finally:
                # As quitting does; without it, workers would look for widgets that are gone.
                app.workers.cancel_all()
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
