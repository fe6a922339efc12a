"""Acts on the names of what is on the disk: copy and rename."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ollama_tui.core.errors import OllamaTuiError, undone
from ollama_tui.core.library import Library
from ollama_tui.core.renaming import rename_model

if TYPE_CHECKING:
    from ollama_tui.tui.app import OllamaTuiApp


async def copy(app: OllamaTuiApp) -> None:
    """Give the selected model a second name."""
    await _ask_name(app, "Copy", "copy", is_rename=False)


async def rename(app: OllamaTuiApp) -> None:
    """Give the selected model another name."""
    await _ask_name(app, "Rename", "rename", is_rename=True)


async def _ask_name(app: OllamaTuiApp, verb: str, word: str, *, is_rename: bool) -> None:
    from ollama_tui.tui.screens.name import NameScreen

    model = app.situation.model
    if model is None:
        return
    name = model.name

    def named(new_name: str | None) -> None:
        if new_name:
            deed = _rename(app, name, new_name) if is_rename else _copy(app, name, new_name)
            app.run_worker(deed, group="names")

    screen = NameScreen(f"{verb} {name}", word, name, app.library or Library())
    await app.push_screen(screen, named)


async def _copy(app: OllamaTuiApp, name: str, new_name: str) -> None:
    try:
        model = await app.installed_models.copy(name, new_name)
    except OllamaTuiError as error:
        app.tell_failure(undone(name, "copied", error))
        app.refresh_now()
        return
    app.tell(f"{model.name} is a copy of {name}", "it takes no disk")
    app.refresh_now()


async def _rename(app: OllamaTuiApp, name: str, new_name: str) -> None:
    try:
        renamed = await rename_model(app.installed_models, app.alias, app.downloads, name, new_name)
    except OllamaTuiError as error:
        app.tell_failure(undone(name, "renamed", error))
        app.refresh_now()
        return
    if renamed.is_current:
        app.current = renamed.model.name
    words = f"{name} is now {renamed.model.name}"
    if renamed.troubles:
        app.tell_failure(". ".join((words, *renamed.troubles)))
    else:
        app.tell(words)
    app.refresh_now()
