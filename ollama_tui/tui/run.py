"""The way into the dashboard, and the way out."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from ollama_tui.config import THEMES, Settings
from ollama_tui.core.errors import InvalidInput
from ollama_tui.core.preferences import load_preferences

if TYPE_CHECKING:
    from ollama_tui.core.downloads import Downloads
    from ollama_tui.core.preflight import Preflight
    from ollama_tui.core.service import OllamaService
    from ollama_tui.tui.app import OllamaTuiApp

# Textual reads this when it is imported: an arrow key that a slow link splits must not become
# an Escape.
os.environ.setdefault("ESCDELAY", "250")


def run_dashboard(
    settings: Settings, service: OllamaService, downloads: Downloads, preflight: Preflight
) -> int:
    """Show the dashboard until the user leaves it; the exit code.

    Raises:
        InvalidInput: when the settings name a theme or a key that there is not.
    """
    # Exported by some shells, these would freeze the size of the screen.
    for name in ("COLUMNS", "LINES"):
        os.environ.pop(name, None)
    app = _build(settings, service, downloads, preflight)
    from ollama_tui.tui.acts.program import goes_on
    from ollama_tui.tui.recall import keep_library
    from ollama_tui.tui.terminal import set_title, undo_modes

    set_title(app.title)
    try:
        app.run(mouse=settings.mouse)
    finally:
        undo_modes()
    keep_library(app)
    if words := goes_on(app):
        print(words, file=sys.stderr)
    if app.return_code == 1:
        where = f"; what happened is in {app.crash}" if app.crash else ""
        print(f"ollama-tui crashed{where}", file=sys.stderr)
    return app.return_code or 0


def _build(
    settings: Settings, service: OllamaService, downloads: Downloads, preflight: Preflight
) -> OllamaTuiApp:
    preferences = load_preferences(settings.paths.preferences)
    # A theme that is set later is painted over the default one, 15 KB more.
    os.environ["TEXTUAL_THEME"] = settings.theme or preferences.theme or THEMES[0]
    from ollama_tui.tui.app import OllamaTuiApp

    app = OllamaTuiApp(settings, service, downloads, preferences, preflight=preflight)
    if settings.theme and settings.theme not in app.available_themes:
        known = ", ".join(sorted(app.available_themes))
        raise InvalidInput(f"there is no theme {settings.theme!r}", f"There are {known}.")
    return app
