"""The look beneath the answers of the server, and what it changes in the store."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from ollama_tui.core.insights import Insights
from ollama_tui.core.library import Library

if TYPE_CHECKING:
    from ollama_tui.core.gpus import Reading
    from ollama_tui.core.looker import Looker
    from ollama_tui.core.memory.fits import Fits
    from ollama_tui.core.models import RunningModel
    from ollama_tui.core.occupancies import Figures
    from ollama_tui.core.runners import Runner
    from ollama_tui.core.why import Gpus
    from ollama_tui.tui.app import OllamaTuiApp


async def look_beneath(app: OllamaTuiApp) -> None:
    """Look what the loaded models really take, and why they are on the CPU."""
    running = app.running
    if not running:
        app.insights = Insights()
        if app.looker is None:
            return
    if app.looker is None:
        app.looker = await asyncio.to_thread(_looker_of, app)
    insights = await app.looker.look(running or (), app.library or Library(), _seen_by_driver(app))
    if app.running is running:
        app.insights = insights


def _looker_of(app: OllamaTuiApp) -> Looker:
    # What it reads with need not be there before the first frame.
    from ollama_tui.core import looker

    # What the demo's models take is made up, and the same everywhere.
    fits = None if app.settings.demo else app.fits
    return looker.looker_of(app.service, _figures(app, fits), fits, app.start_log)


def _figures(app: OllamaTuiApp, fits: Fits | None) -> Figures:
    from ollama_tui.core.driver_view import measured_bytes
    from ollama_tui.core.occupancies import Figures

    async def measured(model: RunningModel, runner: Runner) -> int | None:
        return measured_bytes(fresh_reading(app), model, runner)

    return Figures(measured, fits.reserved if fits else None)


def _seen_by_driver(app: OllamaTuiApp) -> Gpus | None:
    from ollama_tui.core.driver_view import driver_view

    return None if app.gpus is None and app.settings.demo else driver_view(fresh_reading(app))


def fresh_reading(app: OllamaTuiApp) -> Reading | None:
    """The last reading of the GPUs; None where there is none, or an old one."""
    if app.gpus is None:
        from ollama_tui.core.gpus import Reading

        # None is told apart from none: it was read, and there is no GPU.
        return Reading() if app.gpus_as_of else None
    return app.gpus.reading if app.gpus.as_of is None else None
