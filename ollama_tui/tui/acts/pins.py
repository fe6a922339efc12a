"""Acts on pins that somebody else ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ollama_tui.core.models import Model
from ollama_tui.core.pins import Pin
from ollama_tui.tui.acts.attempts import attempt
from ollama_tui.tui.acts.loading import ask_and_load, begin_loading

if TYPE_CHECKING:
    from ollama_tui.tui.app import OllamaTuiApp


async def renew(app: OllamaTuiApp) -> None:
    """Pin again what is under the cursor; load it first if it is gone."""
    pin = app.situation.pin
    if pin is None:
        return
    model = _installed(app, pin)
    if model is None:
        app.tell_failure(f"{pin.name} is not installed any more; u forgets its pin.")
    elif pin.among(app.running or ()) is not None:
        _pin_again(app, pin, model)
    else:
        await ask_and_load(app, model, pin)


async def renew_unasked(app: OllamaTuiApp) -> None:
    """Pin again what this program loaded, one model at a time, where the settings allow it."""
    if not app.settings.renew_pins or app.settings.read_only or app.loads:
        return
    running = app.running or ()
    for pin in app.pins.pins:
        model = _installed(app, pin)
        is_due = model is not None and pin.can_renew(running, app.now)
        if model and is_due and await app.pin_file.may_renew(pin, running, app.now):
            if pin.among(running) is not None:
                _pin_again(app, pin, model)
            else:
                begin_loading(app, model, pin)
            return


def _pin_again(app: OllamaTuiApp, pin: Pin, model: Model) -> None:
    async def pin_again() -> None:
        await app.loaded_models.renew(pin, model.name)
        app.tell(f"Pinned {pin.name} again", "it stays loaded for ever")
        app.running_pacer.hurry()

    app.run_worker(attempt(app, pin_again()), group="running acts")


def _installed(app: OllamaTuiApp, pin: Pin) -> Model | None:
    return next((model for model in app.library or () if pin.is_of(model)), None)
