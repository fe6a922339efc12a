"""Which models fit: asked for the rows in sight, and kept in the store."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from ollama_tui.core.errors import NoSuchModel, OllamaTuiError
from ollama_tui.core.library import Library
from ollama_tui.core.memory.estimate import KvType, server_context
from ollama_tui.core.memory.fit import Asked, Fit, Room
from ollama_tui.core.memory.learned import is_told_truly
from ollama_tui.core.memory.verdict import Verdict, verdict_on
from ollama_tui.core.models import Model, RunningModel
from ollama_tui.core.occupancy import Known
from ollama_tui.core.versions import has_own_engine

if TYPE_CHECKING:
    from ollama_tui.tui.app import OllamaTuiApp

DEPENDS_ON = (
    *("in_sight", "view", "library", "running", "insights"),
    *("free_vram", "server_context", "selected", "server"),
)
"""What of the store it follows from."""
_SHOWN_AFTER = 0.25
"""Seconds of asking until what was learned is shown: four repaints a second at most."""
_PLAIN = Asked()


@dataclass
class Weighed:
    """What models would take, as far as it was worked out."""

    needs: dict[str, int | None] = field(default_factory=dict)
    """Bytes by their keys; None where that cannot be known."""
    ways: tuple[object, ...] = ()
    """How the server loads a model unasked, which those bytes are for."""
    learned_from: tuple[tuple[RunningModel, ...], Known, bool] | None = None
    """What was loaded, and known of that, and whether it was believed, at the last learning."""


async def judge_models(app: OllamaTuiApp) -> None:
    """Judge the models that are to be judged now; a change on the way ends it early."""
    await _learn(app)
    room = room_of(app)
    ways = (room.context, room.kv, room.slots, room.is_old)
    if ways != app.weighed.ways:
        app.weighed.ways = ways
        app.weighed.needs.clear()
    if app.free_vram is not None:
        await _weigh(app, _wanted(app))
    show_verdicts(app)
    await _tell_contexts(app)
    await _show_selected(app)


def show_verdicts(app: OllamaTuiApp) -> None:
    """Compare what is known to be needed with what is free now."""
    free = app.free_vram
    found = {
        key: verdict
        for key, total in app.weighed.needs.items()
        if (verdict := verdict_on(total, free))
    }
    for one in app.running or ():
        # It shows by itself how it went in.
        if one.digest in found and one.gpu_share is not None:
            found[one.digest] = Verdict.SPILLS if one.is_spilled else Verdict.FITS
    if found != app.verdicts:
        app.verdicts = found


async def _learn(app: OllamaTuiApp) -> None:
    """Learn from what is loaded, once for each change of that."""
    running, known = app.running, app.insights.known
    # The version, which tells that, comes after the first answers.
    believes = is_told_truly(app.server.version)
    if not running or app.library is None:
        return
    if app.weighed.learned_from == (running, known, believes):
        return
    # Those of which nothing is known yet are learned from once it is.
    if await app.fits.learn(running, app.library, known, believes=believes, asks=False):
        app.weighed.learned_from = running, known, believes
    for one in running:
        app.weighed.needs.pop(one.digest, None)


async def _weigh(app: OllamaTuiApp, models: Iterable[Model]) -> None:
    room = replace(room_of(app), running=())
    show_at = asyncio.get_running_loop().time() + _SHOWN_AFTER
    for model in models:
        if model.is_cloud or model.key in app.weighed.needs:
            continue
        try:
            fit = await app.fits.fit(model, _PLAIN, room)
        except NoSuchModel:
            continue
        except OllamaTuiError:
            return
        app.weighed.needs[model.key] = fit.total
        if app.fits_pacer.is_hurried:
            # Other rows are in sight now, or nothing is as it was.
            return
        if asyncio.get_running_loop().time() > show_at:
            show_verdicts(app)
            show_at += _SHOWN_AFTER


async def _tell_contexts(app: OllamaTuiApp) -> None:
    """Ask about the models in sight of which the list does not tell the context (before 0.30)."""
    library = app.library or Library()
    for model in _in_sight(app, library):
        if model.context_length is not None or model.is_cloud:
            continue
        try:
            await app.fits.shape(model)
        except NoSuchModel:
            continue
        except OllamaTuiError:
            break
        if app.fits_pacer.is_hurried:
            break
    told = await app.fits.with_contexts(library)
    # What another answer brought meanwhile is newer.
    if app.library is library and told is not library:
        app.library = told


def _wanted(app: OllamaTuiApp) -> Iterable[Model]:
    library = app.library or Library()
    return library if app.view.needs_all_verdicts else _in_sight(app, library)


def _in_sight(app: OllamaTuiApp, library: Library) -> list[Model]:
    return [model for name in app.in_sight if (model := library.get(name))]


async def _show_selected(app: OllamaTuiApp) -> None:
    """Tell of the selected model all that is known without asking: that waits for its details."""
    model = app.situation.model
    fit = await known_fit(app, model) if model is not None else None
    if fit != app.fit and model == app.situation.model:
        app.fit = fit


async def known_fit(app: OllamaTuiApp, model: Model) -> Fit | None:
    """How a model would go into memory; None if that cannot be told without asking the server."""
    if model.is_cloud or await app.fits.known_shape(model) is None:
        return None
    room = room_of(app)
    loaded = next((one for one in room.running if one.is_of(model)), None)
    asked = Asked(loaded.context_length) if loaded is not None else _PLAIN
    return await app.fits.fit(model, asked, room)


def settle_context(app: OllamaTuiApp) -> None:
    """Say what the server gives unasked: as its log tells, else by the memory of its GPUs."""
    told = app.start_log.known.context
    total = app.gpus.reading.total if app.gpus else None
    app.server_context = told or (server_context(total) if total else None)


async def expected_context(app: OllamaTuiApp, model: Model) -> int:
    """Tokens that a model would get, or has."""
    fit = await known_fit(app, model)
    return fit.options.context if fit is not None else 0


def room_of(app: OllamaTuiApp) -> Room:
    """What there is of video memory, and who has it."""
    gpus = app.gpus.reading.gpus if app.gpus is not None else ()
    has_none, start = app.gpus is None and app.gpus_as_of > 0, app.start_log.known
    return Room(
        app.free_vram,
        0 if has_none else max(1, len(gpus)),
        max((gpu.total or 0 for gpu in gpus), default=None),
        running=app.running or (),
        now=app.clock(),
        context=app.server_context,
        kv=KvType.named(start.kv_type),
        slots=start.slots,
        is_old=has_own_engine(app.server.version),
        limit=app.settings.max_loaded_models,
    )
