"""The way into the dashboard, and the way out."""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING

from ollama_tui.config import THEMES, Settings
from ollama_tui.core.preferences import Preferences, load_preferences

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from textual.app import ReturnType

    from ollama_tui.core.service import OllamaService
    from ollama_tui.tui.app import OllamaTuiApp
    from ollama_tui.tui.parts import Parts
    from ollama_tui.tui.terminal_app import TerminalApp

# Textual reads this when it is imported: an arrow key that a slow link splits must not become
# an Escape.
os.environ.setdefault("ESCDELAY", "250")
_INTERRUPTED = 128 + signal.SIGINT


def run_dashboard(settings: Settings, make_parts: Callable[[], Parts]) -> int:
    """Show the dashboard until the user leaves it; the exit code.

    Args:
        settings: which server, and how to draw.
        make_parts: makes what the dashboard works with, once the first frame is out.
    """
    app = _build(settings, make_parts)
    from ollama_tui.tui.terminal import set_title, undo_modes

    set_title(app.title)
    try:
        app.run(mouse=settings.mouse)
    finally:
        undo_modes()
    from ollama_tui.tui.acts.program import goes_on
    from ollama_tui.tui.recall import keep_library

    keep_library(app)
    for words in (goes_on(app), *app.undeleted):
        if words:
            print(words, file=sys.stderr)
    _tell_crash(app)
    if app.undeleted:
        return app.return_code or 1
    # Textual ends without a code at SIGINT (8.2.8).
    return _INTERRUPTED if app.return_code is None else app.return_code


async def run_pick(
    settings: Settings, service: OllamaService, current: str | None, words: Iterable[str]
) -> str | None:
    """Let the user choose a model; its name, or None if the user left.

    Args:
        settings: which server, and how to draw.
        service: that server.
        current: the current model; None if there is none.
        words: the filter to begin with.

    Raises:
        OllamaTuiError: when there is nothing to choose from.
        SystemExit: after a signal, and after a crash.
    """
    preferences = _preferences(settings)
    from ollama_tui.tui.pick import LEFT, PickApp
    from ollama_tui.tui.terminal import set_title, stdout_on_screen, undo_modes

    app = PickApp(settings, service, preferences, current, words)
    with stdout_on_screen():
        set_title(app.title)
        try:
            name = await app.run_async(mouse=settings.mouse)
        finally:
            undo_modes()
    _tell_crash(app)
    if app.failure is not None:
        raise app.failure
    if app.return_code not in (None, 0, LEFT):
        raise SystemExit(app.return_code)
    return name


def _tell_crash(app: TerminalApp[ReturnType]) -> None:
    if app.return_code == 1:
        where = f"; what happened is in {app.crash}" if app.crash else ""
        print(f"ollama-tui crashed{where}", file=sys.stderr)


def _build(settings: Settings, make_parts: Callable[[], Parts]) -> OllamaTuiApp:
    preferences = _preferences(settings)
    from ollama_tui.tui.app import OllamaTuiApp

    return OllamaTuiApp(settings, make_parts, preferences)


def _preferences(settings: Settings) -> Preferences:
    """What was chosen before; the environment is made ready for it before Textual is imported."""
    # Exported by some shells, these would freeze the size of the screen.
    for name in ("COLUMNS", "LINES"):
        os.environ.pop(name, None)
    preferences = load_preferences(settings.paths.preferences)
    # A theme that is set later is painted over the default one, 15 KB more.
    os.environ["TEXTUAL_THEME"] = settings.theme or preferences.theme or THEMES[0]
    return preferences
