"""Acts on what is in memory: load, unload, keep."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from ollama_tui.core import units
from ollama_tui.core.errors import OllamaTuiError
from ollama_tui.core.keep_alive import nearest_keep_alive
from ollama_tui.core.library import Library
from ollama_tui.core.loaded import cut_words, loaded_as
from ollama_tui.core.memory.consequence import consequence
from ollama_tui.core.memory.verdict import Verdict
from ollama_tui.core.models import LoadingModel, Model, RunningModel
from ollama_tui.tui.acts.attempts import attempt
from ollama_tui.tui.acts.models import target
from ollama_tui.tui.acts.unloading import ask_which_goes, in_the_way_of
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
        *(_fact(one, app.now) for one in going.candidates),
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
        app.tell(f"{one.name} is not loaded: aborted")


async def unload(app: OllamaTuiApp) -> None:
    """Unload the model under the cursor; where its row names another as the remedy, ask which."""
    running = _running(app, target(app))
    in_the_way = in_the_way_of(app, running)
    if running is not None and in_the_way is not None:
        await ask_which_goes(app, in_the_way, running, lambda one: _work(app, _unload(app, one)))
    elif running is not None:
        _work(app, _unload(app, running))
    elif (pin := app.situation.pin) is not None:
        _work(app, _forget(app, pin))
    else:
        app.tell(f"{target(app)} is not loaded")


async def unload_all(app: OllamaTuiApp) -> None:
    """Unload all that is loaded, after listing it."""
    from ollama_tui.tui.screens.confirm import ConfirmScreen

    running = app.running or ()
    if not running:
        app.tell("Nothing is loaded.")
        return

    def answered(is_yes: bool | None) -> None:
        for one in running if is_yes else ():
            _work(app, _unload(app, one))

    facts = (
        *(_fact(one, app.now) for one in running),
        (),
        line(quiet("Requests in flight are finished first.")),
    )
    question = f"Unload {running[0].name if len(running) == 1 else f'all {len(running)}'}?"
    await app.push_screen(ConfirmScreen(question, facts, "unload"), answered)


async def choose_keep_alive(app: OllamaTuiApp) -> None:
    """Choose for how long a loaded model stays."""
    from ollama_tui.tui.screens.keep_alive import KeepAliveScreen

    running = _running(app, target(app))
    if running is None:
        app.tell(f"{target(app)} is not loaded")
        return

    def chosen(seconds: float | None) -> None:
        if seconds == 0:
            _work(app, _unload(app, running))
        elif seconds is not None:
            _work(app, _keep(app, running, seconds))

    times = app.settings.keep_alive_choices
    present = nearest_keep_alive(times, running.time_left(app.now))
    await app.push_screen(KeepAliveScreen(running.name, times, present), chosen)


def begin_loading(app: OllamaTuiApp, model: Model, pin: Pin | None = None) -> None:
    """Load a model beside all else, as it was pinned if that is to be renewed."""
    # A model that is loaded again is not being unloaded any more.
    _forget_unloading(app, model.name)
    loads = app.loaded_models
    deed = loads.load(model.name) if pin is None else loads.renew(pin, model.name)
    app.run_worker(_load(app, model, deed), group=_group(model.name))


async def _load(
    app: OllamaTuiApp, model: Model, deed: Coroutine[Any, Any, RunningModel | None]
) -> None:
    one = LoadingModel(model.name, app.clock(), app.load_times.last(model.digest))
    app.loads = (*app.loads, one)
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
        app.loads = tuple(other for other in app.loads if other is not one)
        app.running_pacer.hurry()


async def _tick(app: OllamaTuiApp) -> None:
    # How long it has been loading is told in seconds.
    while True:
        await asyncio.sleep(_TICK_SECONDS)
        app.now = app.clock()


async def _unload(app: OllamaTuiApp, running: RunningModel) -> None:
    app.expiries_before.pop(running.name, None)
    app.unloading = {**app.unloading, running.name: app.clock()}
    try:
        before = await app.loaded_models.unload(running.name)
    except OllamaTuiError:
        _forget_unloading(app, running.name)
        raise
    app.expiries_before[running.name] = before.expires_at
    app.tell(f"Unloading {running.name}", f"{units.memory(running.size)} will be free")
    app.running_pacer.hurry()


async def _forget(app: OllamaTuiApp, pin: Pin) -> None:
    await app.loaded_models.forget(pin)
    app.tell(f"{pin.name} is not to stay loaded any more")
    app.running_pacer.hurry()


async def _keep(app: OllamaTuiApp, running: RunningModel, seconds: float) -> None:
    await app.loaded_models.keep(running.name, seconds)
    if seconds < 0:
        app.tell(f"Pinned {running.name}", "it stays loaded for ever")
    else:
        app.tell(f"{running.name} stays for {units.stay(seconds)}", "after each use")
    app.running_pacer.hurry()


def settle_unloading(app: OllamaTuiApp) -> None:
    """Forget that models unload which are gone from memory, or were used anew."""
    if app.unloading and app.running is not None:
        names = {one.name for one in app.running if not _is_used_anew(app, one)}
        left = {name: since for name, since in app.unloading.items() if name in names}
        if len(left) < len(app.unloading):
            app.unloading = left


def _is_used_anew(app: OllamaTuiApp, one: RunningModel) -> bool:
    # What waits for requests in flight keeps its expiry, what is about to go expires now.
    if one.name not in app.expiries_before or one.expires_at is None:
        return False
    return one.expires_at != app.expiries_before[one.name] and one.expires_at > app.clock()


def _forget_unloading(app: OllamaTuiApp, name: str) -> None:
    app.unloading = {other: since for other, since in app.unloading.items() if other != name}


def _work(app: OllamaTuiApp, deed: Coroutine[Any, Any, None]) -> None:
    app.run_worker(attempt(app, deed), group="running acts")


def _running(app: OllamaTuiApp, name: str) -> RunningModel | None:
    return loaded_as(name, app.running or (), app.library or Library())


def _fact(one: RunningModel, now: float) -> Line:
    until = units.until(one.expires_at, now, is_pinned=one.is_pinned(now))
    words = "pinned" if until == "pinned" else f"unloads in {until}"
    return line(one.name, quiet(f"  {units.memory(one.size)} · {words}"))


def _group(name: str) -> str:
    return f"loading {name}"


def _first(errors: BaseExceptionGroup[OllamaTuiError]) -> BaseException:
    error: BaseException = errors
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error
