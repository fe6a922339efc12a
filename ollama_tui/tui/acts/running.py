"""Acts on what is in memory: unload, keep."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any

from ollama_tui.core import units
from ollama_tui.core.errors import OllamaTuiError
from ollama_tui.core.keep_alive import nearest_keep_alive
from ollama_tui.core.library import Library
from ollama_tui.core.loaded import loaded_as
from ollama_tui.core.models import RunningModel
from ollama_tui.tui.acts.attempts import attempt
from ollama_tui.tui.acts.models import target
from ollama_tui.tui.acts.unloading import ask_which_goes, in_the_way_of
from ollama_tui.tui.lines import Line, line, quiet

if TYPE_CHECKING:
    from ollama_tui.core.pins import Pin
    from ollama_tui.tui.app import OllamaTuiApp


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
        # One may have gone by itself meanwhile.
        left = {one.name for one in (running if app.running is None else app.running)}
        for one in running if is_yes else ():
            if one.name in left:
                _work(app, _unload(app, one))

    facts = (
        *(loaded_fact(app, one) for one in running),
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


async def _unload(app: OllamaTuiApp, running: RunningModel) -> None:
    memory = app.insights.memory(running)
    app.expiries_before.pop(running.name, None)
    app.unloading = {**app.unloading, running.name: app.clock()}
    try:
        before = await app.loaded_models.unload(running.name)
    except OllamaTuiError:
        forget_unloading(app, running.name)
        raise
    app.expiries_before[running.name] = before.expires_at
    app.tell(f"Unloading {running.name}", f"{units.memory(memory)} will be free")
    app.running_pacer.hurry()


async def _forget(app: OllamaTuiApp, pin: Pin) -> None:
    await app.pin_file.forget(pin)
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


def forget_unloading(app: OllamaTuiApp, name: str) -> None:
    """Forget that a model unloads."""
    app.unloading = {other: since for other, since in app.unloading.items() if other != name}


def _work(app: OllamaTuiApp, deed: Coroutine[Any, Any, None]) -> None:
    app.run_worker(attempt(app, deed), group="running acts")


def _running(app: OllamaTuiApp, name: str) -> RunningModel | None:
    return loaded_as(name, app.running or (), app.library or Library())


def loaded_fact(app: OllamaTuiApp, one: RunningModel) -> Line:
    """A loaded model in a question: its name, its memory, when it unloads."""
    until = units.until(one.expires_at, app.now, is_pinned=one.is_pinned(app.now))
    words = "pinned" if until == "pinned" else f"unloads in {until}"
    return line(one.name, quiet(f"  {units.memory(app.insights.memory(one))} · {words}"))
