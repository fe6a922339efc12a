"""Loading a model: what it needs, what may have to go for it, and how it goes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from ollama_tui.core import units
from ollama_tui.core.errors import OllamaTuiError
from ollama_tui.core.loaded import cut_words
from ollama_tui.core.memory.consequence import consequence
from ollama_tui.core.memory.verdict import Verdict
from ollama_tui.core.models import LoadingModel, Model, RunningModel
from ollama_tui.tui.acts.running import forget_unloading, loaded_fact
from ollama_tui.tui.lines import Line, line, loud, quiet

if TYPE_CHECKING:
    from ollama_tui.core.eviction import Eviction
    from ollama_tui.core.memory.fit import Fit
    from ollama_tui.core.pins import Pin
    from ollama_tui.tui.app import OllamaTuiApp

_TICK_SECONDS = 1.0


async def load(app: OllamaTuiApp) -> None:
    """Load the selected model; ask first if another one may have to go."""
    model = app.situation.model
    if model is None:
        return
    if any(one.is_of(model) for one in app.running or ()):
        app.tell(f"{model.name} is loaded already", "t changes for how long it stays")
        return
    await ask_and_load(app, model)


async def ask_and_load(app: OllamaTuiApp, model: Model, pin: Pin | None = None) -> None:
    """Load a model that is not loaded, or pin it again; ask unless nothing else can have to go."""
    from ollama_tui.core.eviction import eviction
    from ollama_tui.tui.fitting import known_fit

    loading = {one.name for one in app.loads}
    if model.name in loading:
        app.tell(f"{model.name} is being loaded")
        return
    limit = app.settings.max_loaded_models
    going = eviction(model, app.running or (), app.now, limit=limit, loading=loading)
    fit = await known_fit(app, model)
    spills = fit is not None and fit.verdict is Verdict.SPILLS
    if app.running is not None and not (going.candidates or loading or spills):
        begin_loading(app, model, pin)
        return

    def answered(is_yes: bool | None) -> None:
        if is_yes:
            begin_loading(app, model, pin)

    facts = (*_needs(fit), *_goers(app, going))
    await _ask_to_load(app, model, facts, answered)


async def _ask_to_load(
    app: OllamaTuiApp,
    model: Model,
    facts: tuple[Line, ...],
    answered: Callable[[bool | None], None],
) -> None:
    from ollama_tui.tui.screens.confirm import ConfirmScreen

    await app.push_screen(ConfirmScreen(f"Load {model.name}?", facts, "load"), answered)


def _needs(fit: Fit | None) -> tuple[Line, ...]:
    """What it takes and what is free, as far as that is known."""
    if fit is None or fit.total is None:
        return ()
    context = units.tokens(fit.options.context)
    takes = line("It takes ", loud(units.memory(fit.total)), f" at {context} ({fit.source})")
    if fit.free is None:
        return (takes, ())
    words = consequence(fit)
    free = line((words, "costs")) if words else line(f"{units.memory(fit.free)} free")
    return (takes, free, ())


def _goers(app: OllamaTuiApp, going: Eviction) -> tuple[Line, ...]:
    """What may have to go for it."""
    listed = {one.name for one in going.candidates}
    loading = (one.name for one in app.loads if one.name not in listed)
    if app.running is not None and not going.candidates and not app.loads:
        return (line(quiet("The CPU is slow.")),)
    return (
        line(quiet(_why(app, going))),
        (),
        *(loaded_fact(app, one) for one in going.candidates),
        *(line(name, quiet("  is being loaded")) for name in loading),
    )


def _why(app: OllamaTuiApp, going: Eviction) -> str:
    if app.running is None:
        return "What is loaded is not known; some of it may have to go."
    if going.is_certain:
        limit = units.counted(app.settings.max_loaded_models, "model")
        return f"The server keeps {limit} loaded; one goes, likely the first:"
    return "Where memory is short, the server unloads one of these for it:"


async def abort(app: OllamaTuiApp) -> None:
    """Abort the loading of the model under the cursor."""
    if (one := app.situation.loading) is not None:
        app.workers.cancel_group(app, _group(one.name))
        _drop(app, one)
        app.tell(f"{one.name} is not loaded: aborted")


def begin_loading(app: OllamaTuiApp, model: Model, pin: Pin | None = None) -> None:
    """Load a model beside all else, as it was pinned if that is to be renewed."""
    if any(one.name == model.name for one in app.loads):
        # It was begun while it was asked about.
        return
    # A model that is loaded again is not being unloaded any more.
    forget_unloading(app, model.name)
    loads = app.loaded_models
    deed = loads.load(model.name) if pin is None else loads.renew(pin, model.name)
    one = LoadingModel(model.name, app.clock(), app.load_times.last(model.digest))
    # Here, since the next key may come before the worker begins.
    app.loads = (*app.loads, one)
    app.run_worker(_load(app, model, one, deed), group=_group(model.name))


async def _load(
    app: OllamaTuiApp,
    model: Model,
    one: LoadingModel,
    deed: Coroutine[Any, Any, RunningModel | None],
) -> None:
    try:
        async with asyncio.TaskGroup() as group:
            ticking = group.create_task(_tick(app))
            running = await deed
            ticking.cancel()
    except* OllamaTuiError as errors:
        app.tell_failure(f"{model.name} is not loaded. {_first(errors)}")
    else:
        seconds = app.clock() - one.since
        await asyncio.to_thread(app.load_times.keep, model.digest, seconds)
        # A key that follows the notice is to find it loaded.
        await app.running_pacer.polled()
        shape = await app.fits.known_shape(model)
        cut = cut_words(running, shape.num_ctx if shape is not None else None)
        app.tell(f"Loaded {model.name}", cut or units.duration(seconds))
    finally:
        _drop(app, one)
        app.running_pacer.hurry()


def _drop(app: OllamaTuiApp, one: LoadingModel) -> None:
    app.loads = tuple(other for other in app.loads if other is not one)


async def _tick(app: OllamaTuiApp) -> None:
    # How long it has been loading is told in seconds.
    while True:
        await asyncio.sleep(_TICK_SECONDS)
        app.now = app.clock()


def _group(name: str) -> str:
    return f"loading {name}"


def _first(errors: BaseExceptionGroup[OllamaTuiError]) -> BaseException:
    error: BaseException = errors
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
