"""A day of the dashboard on a fast clock: what it holds must not grow, however long it runs."""

from __future__ import annotations

import asyncio
import gc
import random
import selectors
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import psutil

from ollama_tui.config import demo_paths, load_settings
from ollama_tui.core.connection import Connection
from ollama_tui.core.local_downloads import LocalDownloads
from ollama_tui.core.service import OllamaService
from ollama_tui.demo.emulator import Emulator
from ollama_tui.demo.listener import listen
from ollama_tui.demo.names import parse_name
from ollama_tui.demo.synthetic import synthetic_emulator
from ollama_tui.tui.app import OllamaTuiApp
from ollama_tui.tui.parts import Parts

_SPEED = 50
_MODELS = 60
_EPOCH = 1_770_000_000.0
_KEYS = ("down", "down", "up", "pagedown", "g", "s", "2", "1")


@dataclass(frozen=True, slots=True)
class Held:
    """What the process holds."""

    polls: int
    resident: int
    handles: int
    threads: int


class _FastSelector(selectors.DefaultSelector):
    """Waits a small part of what it is asked to wait."""

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Wait for files, or until the time is over."""
        return super().select(timeout and timeout / _SPEED)


class _FastLoop(asyncio.SelectorEventLoop):
    """An event loop whose seconds are short."""

    def __init__(self) -> None:
        super().__init__(_FastSelector())

    def time(self) -> float:
        """Seconds, which pass fast."""
        return super().time() * _SPEED


def held_through_a_day(home: Path, polls: int, say: Callable[[str], None]) -> tuple[Held, Held]:
    """Run the dashboard for so many looks at what is loaded; what was held after a tenth, and last.

    Server and dashboard are in this process, and speak through sockets.
    """
    with asyncio.Runner(loop_factory=_FastLoop) as runner:
        return runner.run(_day(home, polls, say))


async def _day(home: Path, polls: int, say: Callable[[str], None]) -> tuple[Held, Held]:
    loop = asyncio.get_running_loop()
    emulator = synthetic_emulator(
        _MODELS, lambda: datetime.fromtimestamp(_EPOCH + loop.time(), UTC)
    )
    async with listen(emulator) as url:
        settings = load_settings({}, demo_paths(home), host=url)
        connection = Connection(settings.url)
        downloads = LocalDownloads(connection, settings.insecure_registries)
        parts = Parts(OllamaService(connection), downloads)
        app = OllamaTuiApp(settings, lambda: parts, clock=lambda: _EPOCH + loop.time())
        async with app.run_test(size=(120, 40)) as pilot:
            changing = loop.create_task(_keep_changing(emulator))
            held, done = [], 0

            def looked() -> None:
                nonlocal done
                done += 1

            app.watch(app, "now", looked, init=False)
            for part in range(1, 11):
                while done < polls * part // 10:
                    if not app.is_running:
                        raise RuntimeError(f"the dashboard has ended after {done} polls")
                    await pilot.press(random.choice(_KEYS))
                    await asyncio.sleep(60)
                held.append(_held(done))
                say(f"{done} polls: {held[-1].resident / 1e6:.1f} MB, {held[-1].handles} handles")
            changing.cancel()
        await app.service.aclose()
    return held[0], held[-1]


def _held(polls: int) -> Held:
    gc.collect()
    process = psutil.Process()
    return Held(polls, process.memory_info().rss, process.num_fds(), process.num_threads())


async def _keep_changing(emulator: Emulator) -> None:
    """Install, delete, load and unload, a step every ten seconds."""
    chance = random.Random(5)
    first = emulator.store.models[0]
    for number in count():
        await asyncio.sleep(10)
        name = parse_name(f"copy-{number % 7}:latest")
        if emulator.store.find(name) is None:
            emulator.store.install(name, first.manifest, emulator.clock.now())
        else:
            emulator.store.remove(name)
        model = chance.choice(emulator.store.models)
        await emulator.runners.load(model, 4096, 60.0)
