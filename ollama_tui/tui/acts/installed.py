"""Acts on what is on the disk: copy, rename, delete, and take that back."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from ollama_tui.core import units
from ollama_tui.core.errors import OllamaTuiError
from ollama_tui.core.installed import refuse_suffix
from ollama_tui.core.library import Library
from ollama_tui.core.models import Model
from ollama_tui.core.names import same_model
from ollama_tui.core.renaming import rename_model
from ollama_tui.core.shortage import why_room_is_needed
from ollama_tui.tui.lines import Line, elided, joined, line, quiet

if TYPE_CHECKING:
    from ollama_tui.tui.app import OllamaTuiApp

_TYPED_FROM = 4
"""Models from which a letter is too little to delete them."""
_SHOWN_AT_MOST = 10


async def copy(app: OllamaTuiApp) -> None:
    """Give the selected model a second name."""
    await _ask_name(app, "Copy", "copy", is_rename=False)


async def rename(app: OllamaTuiApp) -> None:
    """Give the selected model another name."""
    await _ask_name(app, "Rename", "rename", is_rename=True)


async def delete(app: OllamaTuiApp) -> None:
    """Delete the marked models or the selected one, after asking."""
    from ollama_tui.tui.screens.delete import DeleteManyScreen, DeleteScreen, When

    models = _chosen(app)
    try:
        for model in models:
            refuse_suffix(model.name)
    except OllamaTuiError as error:
        app.tell_failure(str(error))
        return

    def answered(when: When | None) -> None:
        if when is not None:
            wait = 0 if when is When.AT_ONCE else app.settings.undo_seconds
            _delete_after(app, models, wait)

    count, can_undo = len(models), app.settings.undo_seconds > 0
    hurry = await _hurry(app) if can_undo else ""
    question = f"Delete {units.named([model.name for model in models], 'model')}?"
    facts = _facts(app, models)
    if count >= _TYPED_FROM or any(_in_use(app, model) for model in models):
        many = DeleteManyScreen(question, facts, count, can_undo=can_undo, hurry=hurry)
        await app.push_screen(many, answered)
    else:
        one = DeleteScreen(question, facts, can_undo=can_undo, hurry=hurry)
        await app.push_screen(one, answered)


async def undo(app: OllamaTuiApp) -> None:
    """Keep the models that wait to be deleted."""
    names = list(app.deleting)
    app.deleting = {}
    app.tell(f"Kept {units.named(names, 'model')}")


async def finish(app: OllamaTuiApp) -> None:
    """Delete what waits for it, since the program is to end."""
    names, app.deleting = list(app.deleting), {}
    await _delete_each(app, names)


async def _hurry(app: OllamaTuiApp) -> str:
    """Why room is needed now; it must be known before the question, whose keys it changes."""
    library = app.library or Library()
    disk = await app.preflight.disk(library) if app.preflight is not None else None
    return why_room_is_needed(app.pulls, app.forecasts, library, disk)


def _delete_after(app: OllamaTuiApp, models: Sequence[Model], wait: float) -> None:
    names = [model.name for model in models]
    app.view = app.view.unmarked()
    if not wait:
        app.run_worker(_delete_each(app, names), group="deletes")
        return
    until = app.clock() + wait
    app.deleting = {**app.deleting, **dict.fromkeys(names, until)}
    app.tell(f"Deleting {units.named(names, 'model')} in {wait:g} s", "z undoes")
    app.set_timer(wait, partial(_delete_due, app, names, until))


def _delete_due(app: OllamaTuiApp, names: Sequence[str], until: float) -> None:
    # What was taken back meanwhile is not there any more, or there for a later moment.
    due = [name for name in names if app.deleting.get(name) == until]
    app.deleting = {name: at for name, at in app.deleting.items() if name not in due}
    app.run_worker(_delete_each(app, due), group="deletes")


async def _delete_each(app: OllamaTuiApp, names: Sequence[str]) -> None:
    for name in names:
        await _delete(app, name)


async def _delete(app: OllamaTuiApp, name: str) -> None:
    try:
        deleted = await app.installed_models.delete(name)
    except OllamaTuiError as error:
        app.tell_failure(f"{name} is not deleted. {error}")
        return
    if app.library is not None:
        app.library = app.library.without([name])
    if deleted.trouble:
        app.tell_failure(f"{name} is gone, but {deleted.trouble}")
    else:
        app.tell(f"Deleted {name}", f"up to {units.disk(deleted.size)} are free")
    app.refresh_now()


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
        app.tell_failure(f"{name} is not copied. {error}")
        return
    app.tell(f"{model.name} is a copy of {name}", "it takes no disk")
    app.refresh_now()


async def _rename(app: OllamaTuiApp, name: str, new_name: str) -> None:
    try:
        renamed = await rename_model(app.installed_models, app.alias, app.downloads, name, new_name)
    except OllamaTuiError as error:
        app.tell_failure(f"{name} is not renamed. {error}")
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


def _chosen(app: OllamaTuiApp) -> list[Model]:
    library = app.library or Library()
    if app.view.marks:
        return [model for model in library if model.name in app.view.marks]
    return [app.situation.model] if app.situation.model else []


def _facts(app: OllamaTuiApp, models: Sequence[Model]) -> list[Line]:
    rows = [_fact(app, model) for model in models[:_SHOWN_AT_MOST]]
    if len(models) > _SHOWN_AT_MOST:
        rows.append(line(quiet(f"and {len(models) - _SHOWN_AT_MOST} more")))
    return rows


def _fact(app: OllamaTuiApp, model: Model) -> Line:
    words: list[Line] = [line(quiet(units.disk(model.size)))]
    words += [line((word, "costs")) for word in _uses(app, model)]
    if others := (app.library or Library()).aliases_of(model):
        words.append(line(quiet(f"shared with {others[0]}")))
    return (*line(elided(model.name, 30)), ("  ", ""), *joined(words))


def _uses(app: OllamaTuiApp, model: Model) -> list[str]:
    uses = []
    if app.current is not None and same_model(app.current, model.name):
        uses.append("current")
    for one in app.running or ():
        if one.is_of(model):
            uses.append("pinned" if one.is_pinned(app.now) else "loaded")
    return uses


def _in_use(app: OllamaTuiApp, model: Model) -> bool:
    return bool(_uses(app, model))
