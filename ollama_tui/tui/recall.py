"""What outlives the program: known before anything is asked, kept for the next start."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING

from ollama_tui.core.cache import KnownLibrary
from ollama_tui.core.hosts import label, without_secrets
from ollama_tui.core.models import Server
from ollama_tui.core.preferences import Preferences, save_preferences
from ollama_tui.tui.running_lines import lines_of
from ollama_tui.tui.view import View

if TYPE_CHECKING:
    from ollama_tui.tui.app import OllamaTuiApp


def recall(app: OllamaTuiApp) -> None:
    """Fill the store from the program's own files, before anything watches it."""
    kind, url = type(app), without_secrets(app.settings.url)
    server = Server(url, label(url, app.settings.machine))
    known = app.cache.load()
    app.title = f"ollama-tui {server.label}"
    app.set_reactive(kind.now, app.clock())
    app.set_reactive(kind.server, server.named(known.version if known else ""))
    app.set_reactive(kind.current, app.current_model.read())
    if known is not None:
        app.library_as_of, app.running_lines = known.as_of, known.running_lines
        app.set_reactive(kind.library, known.library)
        app.set_reactive(kind.stale_as_of, known.as_of)
    app.set_reactive(kind.view, View.remembered(app.preferences))
    app.choose_theme(app.settings.theme or app.preferences.theme)


def remember(app: OllamaTuiApp, preferences: Preferences) -> None:
    """Keep a preference for the next start; the demo keeps nothing."""
    app.preferences = preferences
    if not app.settings.demo:
        keep: Callable[[], Awaitable[None]] = partial(_keep_preferences, app)
        app.run_worker(keep, group="preferences")


async def _keep_preferences(app: OllamaTuiApp) -> None:
    # One after the other, and always the newest: two threads could end in any order.
    async with app.preferences_lock:
        path = app.settings.paths.preferences
        await asyncio.to_thread(save_preferences, path, app.preferences)


def keep_library(app: OllamaTuiApp) -> None:
    """Write down the library for the next start."""
    if app.library is not None and app.library_as_of is not None:
        lines = app.running_lines
        if app.running is not None:
            lines = lines_of(app.running, pins=app.pins, insights=app.insights)
        app.cache.save(KnownLibrary(app.library, app.library_as_of, app.server.version, lines))
