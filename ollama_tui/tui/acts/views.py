"""Acts on how things are looked at."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from textual import events

from ollama_tui.config import THEMES
from ollama_tui.core.acts import Panel
from ollama_tui.tui.recall import remember

if TYPE_CHECKING:
    from ollama_tui.tui.app import OllamaTuiApp
    from ollama_tui.tui.screens.main import MainScreen


def _main(app: OllamaTuiApp) -> MainScreen:
    from ollama_tui.tui.screens.main import MainScreen

    screen = app.screen_stack[0]
    assert isinstance(screen, MainScreen)
    return screen


async def filter_models(app: OllamaTuiApp) -> None:
    """Type into the filter."""
    _main(app).go_to(Panel.MODELS)
    app.view = app.view.typing()


def type_into_filter(app: OllamaTuiApp, event: events.Key) -> bool:
    """Take a key for the filter while it is typed; False for one that moves the cursor."""
    if event.key in ("up", "down", "pageup", "pagedown", "ctrl+c"):
        return False
    if event.key in ("enter", "tab"):
        app.view = app.view.kept()
    elif event.key == "escape":
        app.view = app.view.unfiltered()
    elif event.key in ("backspace", "ctrl+h"):
        app.view = app.view.erased()
    elif event.is_printable and event.character:
        app.view = app.view.typed(event.character)
    return True


async def sort(app: OllamaTuiApp) -> None:
    """Sort by the next column that is shown."""
    app.view = app.view.sorted_next(_main(app).columns)


async def reverse(app: OllamaTuiApp) -> None:
    """Sort the other way round."""
    app.view = app.view.reversed()


async def repaint(app: OllamaTuiApp) -> None:
    """Paint the whole screen again."""
    app.refresh(layout=True)


async def next_theme(app: OllamaTuiApp) -> None:
    """Use the next of our themes, and remember it."""
    at = THEMES.index(app.theme) if app.theme in THEMES else -1
    app.choose_theme(THEMES[(at + 1) % len(THEMES)])
    remember(app, replace(app.preferences, theme=app.theme))
    app.tell(f"Theme {app.theme}")


async def escape(app: OllamaTuiApp) -> None:
    """Drop the filter, else the marks."""
    if app.view.filter:
        app.view = app.view.unfiltered()
    elif app.view.marks:
        app.view = app.view.unmarked()


async def go_to_models(app: OllamaTuiApp) -> None:
    """Go to the models."""
    _main(app).go_to(Panel.MODELS)


async def go_to_running(app: OllamaTuiApp) -> None:
    """Go to the loaded models; there already, fold or unfold them."""
    _main(app).go_to(Panel.RUNNING)


async def go_to_gpus(app: OllamaTuiApp) -> None:
    """Go to the GPUs; there already, fold or unfold them."""
    if app.gpus is None:
        is_asked = app.gpu_reader is not None and not app.gpus_as_of
        app.tell("The GPUs are being read." if is_asked else "No GPU is seen on this machine.")
    elif app.gpus.reading.elsewhere:
        # There is nothing to go to: the key takes the line away, or brings it back.
        app.view = app.view.folding(Panel.GPUS)
    else:
        _main(app).go_to(Panel.GPUS)


async def go_to_downloads(app: OllamaTuiApp) -> None:
    """Go to the downloads; there already, fold or unfold them."""
    if not app.pulls:
        app.tell("Nothing is downloading; p pulls a model.")
        return
    _main(app).go_to(Panel.DOWNLOADS)
