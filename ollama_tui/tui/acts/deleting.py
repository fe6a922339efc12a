"""Acts that delete models, and take that back."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from ollama_tui.core import units
from ollama_tui.core.errors import OllamaTuiError, undone
from ollama_tui.core.installed import refuse_suffix
from ollama_tui.core.library import Library
from ollama_tui.core.models import Deletion, Model
from ollama_tui.core.names import name_key, same_model
from ollama_tui.core.release import Usages, release_of, usages_of
from ollama_tui.core.shortage import why_room_is_needed
from ollama_tui.tui.lines import Line, elided, joined, line, quiet, width, wrapped

if TYPE_CHECKING:
    from ollama_tui.tui.app import OllamaTuiApp

GROUP = "deletes"
"""The workers that delete."""
_TYPED_FROM = 4
"""Models from which a letter is too little to delete them."""


async def delete(app: OllamaTuiApp) -> None:
    """Delete the marked models or the selected one, after asking."""
    from ollama_tui.tui.screens.delete import DeleteManyScreen, DeleteScreen, When

    models = _chosen(app)
    if reason := _refusal(models):
        app.tell_failure(reason)
        return

    def answered(when: When | None) -> None:
        if when is not None:
            wait = 0 if when is When.AT_ONCE else app.settings.undo_seconds
            _delete_after(app, models, wait)

    count, can_undo = len(models), app.settings.undo_seconds > 0
    hurry = await _hurry(app) if can_undo else ""
    question = f"Delete {units.named([model.name for model in models], 'model')}?"
    facts = _facts(app, models, await usages_of(app.disk, app.library or Library()))
    if count >= _TYPED_FROM or any(_uses(app, model) for model in models):
        many = DeleteManyScreen(question, facts, count, can_undo=can_undo, hurry=hurry)
        await app.push_screen(many, answered)
    else:
        one = DeleteScreen(question, facts, can_undo=can_undo, hurry=hurry)
        await app.push_screen(one, answered)


def _refusal(models: Sequence[Model]) -> str:
    try:
        for model in models:
            refuse_suffix(model.name)
    except OllamaTuiError as error:
        return str(error)
    return ""


async def undo(app: OllamaTuiApp) -> None:
    """Keep the models that wait to be deleted."""
    names = [name for name, one in app.deleting.items() if not one.has_begun]
    app.deleting = {name: one for name, one in app.deleting.items() if one.has_begun}
    app.tell(f"Kept {units.named(names, 'model')}")


async def finish(app: OllamaTuiApp) -> None:
    """Delete what waits for it, since the program is to end."""
    _begin(app, [name for name, one in app.deleting.items() if not one.has_begun])
    deletes = [worker for worker in app.workers if worker.group == GROUP]
    await app.workers.wait_for_complete(deletes)


async def _hurry(app: OllamaTuiApp) -> str:
    """Why room is needed now; it must be known before the question, whose keys it changes."""
    library = app.library or Library()
    disk = await app.preflight.disk(library) if app.preflight is not None else None
    return why_room_is_needed(app.pulls, app.forecasts, library, disk)


def _delete_after(app: OllamaTuiApp, models: Sequence[Model], wait: float) -> None:
    until = app.clock() + wait
    begun = {name for name, one in app.deleting.items() if one.has_begun}
    chosen = {
        model.name: Deletion(model.digest, until) for model in models if model.name not in begun
    }
    app.view = app.view.unmarked()
    app.deleting = {**app.deleting, **chosen}
    if not wait or not chosen:
        _begin(app, list(chosen))
        return
    app.tell(f"Deleting {units.named(list(chosen), 'model')} in {wait:g} s", "z undoes")
    app.set_timer(wait, partial(_delete_due, app, chosen))


def _delete_due(app: OllamaTuiApp, chosen: Mapping[str, Deletion]) -> None:
    # What was taken back meanwhile is not there any more, or there for a later moment.
    _begin(app, [name for name, one in chosen.items() if app.deleting.get(name) == one])


def _begin(app: OllamaTuiApp, names: Sequence[str]) -> None:
    begun = {name: replace(app.deleting[name], has_begun=True) for name in names}
    app.deleting = {**app.deleting, **begun}
    if names:
        app.run_worker(_delete_each(app, begun), group=GROUP)


async def _delete_each(app: OllamaTuiApp, begun: Mapping[str, Deletion]) -> None:
    for name, deletion in begun.items():
        await _delete(app, name, deletion.digest)
        app.deleting = {other: one for other, one in app.deleting.items() if other != name}


async def _delete(app: OllamaTuiApp, name: str, digest: str) -> None:
    try:
        release = await _release(app, name)
        deleted = await app.installed_models.delete(name, digest)
    except OllamaTuiError as error:
        words = undone(name, "deleted", error)
        app.tell_failure(words)
        app.undeleted = (*app.undeleted, words) if app.is_leaving else ()
        return
    if app.library is not None:
        app.library = app.library.without([name])
    if deleted.trouble:
        app.tell_failure(f"{name} is gone, but {deleted.trouble}")
    else:
        app.tell(f"Deleted {name}", release)
    app.refresh_now()


async def _release(app: OllamaTuiApp, name: str) -> str:
    """What of the disk is free once a model is deleted, in words."""
    library = app.library or Library()
    model = library.get(name)
    if model is None:
        return ""
    return (await release_of(model, library, app.disk, app.installed_models)).words


def _chosen(app: OllamaTuiApp) -> list[Model]:
    library = app.library or Library()
    if app.view.marks:
        return [model for model in library if model.name in app.view.marks]
    return [app.situation.model] if app.situation.model else []


def _facts(app: OllamaTuiApp, models: Sequence[Model], usages: Usages | None) -> list[Line]:
    cells = max(10, min(60, app.size.width - 12))
    library, chosen = app.library or Library(), {name_key(model.name) for model in models}
    return [
        row
        for model in models
        for row in _rows(app, model, _shares(model, library, usages, chosen), cells)
    ]


def _shares(model: Model, library: Library, usages: Usages | None, chosen: Collection[str]) -> str:
    """What shares its layers, and what it frees then; without the folder, what is the same."""
    usage = (usages or {}).get(name_key(model.name))
    if usage is None:
        same = library.aliases_of(model)
        return f"shared with {', '.join(same)} (by digest only)" if same else ""
    if not usage.shares_with:
        return ""
    shared = f"shared with {', '.join(usage.shares_with)}"
    # What shares them may go as well.
    goes_too = any(name_key(name) in chosen for name in usage.shares_with)
    return shared if goes_too else f"frees {units.space(usage.own or 0)}, {shared}"


def _rows(app: OllamaTuiApp, model: Model, shared: str, cells: int) -> list[Line]:
    """A model's name, size and uses, and what shares its layers, in as few lines as that fits."""
    words: list[Line] = [line(quiet(units.disk(model.size)))]
    words += [line((word, "costs")) for word in _uses(app, model)]
    name, facts = line(elided(model.name, cells)), joined(words)
    whole = (*name, ("  ", ""), *joined([facts, line(quiet(shared)) if shared else ()]))
    if width(whole) <= cells:
        return [whole]
    rest = [line("  ", *row) for row in wrapped(shared, cells - 2, "quiet")]
    first = (*name, ("  ", ""), *facts)
    return [first, *rest] if width(first) <= cells else [name, line("  ", *facts), *rest]


def _uses(app: OllamaTuiApp, model: Model) -> list[str]:
    """For what it is used; for a model that may be in use, a number has to be typed."""
    uses = []
    if app.current is not None and same_model(app.current, model.name):
        uses.append("current")
    if app.running is None:
        uses.append("perhaps loaded")
    for one in app.running or ():
        # One that was made anew while it was loaded has another digest by now.
        if one.is_of(model) or same_model(one.name, model.name):
            use = "pinned" if one.is_pinned(app.now) else "loaded"
            uses.append(use if same_model(one.name, model.name) else f"{use} as {one.name}")
    return uses
