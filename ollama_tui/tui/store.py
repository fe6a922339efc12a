"""The store: what the screens watch; only the App and its acts assign it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from textual.reactive import var

from ollama_tui.core.acts import Panel
from ollama_tui.core.insights import Insights
from ollama_tui.core.library import NO_VERDICTS, Library, Verdicts
from ollama_tui.core.models import Deletion, LoadingModel, ModelDetails, RunningModel, Server
from ollama_tui.core.pins import Pins
from ollama_tui.tui.terminal_app import TerminalApp
from ollama_tui.tui.view import View

if TYPE_CHECKING:
    from ollama_tui.core.forecast import Forecast
    from ollama_tui.core.gpus import Gpus
    from ollama_tui.core.memory.fit import Fit
    from ollama_tui.core.pulls import Pull
    from ollama_tui.core.shortage import Disk
    from ollama_tui.tui.notice import Notice


class Store(TerminalApp[None]):
    """One server's models, loaded models and downloads, each an immutable value."""

    server: var[Server] = var(Server("", ""))
    library: var[Library | None] = var(None)
    """The installed models; None before any were known."""
    stale_as_of: var[float | None] = var(None)
    """When the library was last known to be right; None if it is right now."""
    library_failure: var[str] = var("")
    """Why the list could not be read at the last try; empty if it could."""
    running: var[tuple[RunningModel, ...] | None] = var(None)
    """The loaded models; None if that is not known."""
    insights: var[Insights] = var(Insights())
    """What is known of the loaded models beyond what the server says."""
    loads: var[tuple[LoadingModel, ...]] = var(())
    """What this program is loading."""
    pins: var[Pins] = var(Pins())
    """What is to stay loaded, and what became of that."""
    unloading: var[Mapping[str, float]] = var(MappingProxyType({}))
    """Since when loaded models are to go, by name."""
    deleting: var[Mapping[str, Deletion]] = var(MappingProxyType({}))
    """What is to be deleted and is not yet, by name."""
    is_leaving: var[bool] = var(False)
    """Whether the program ends once that is deleted."""
    undeleted: var[tuple[str, ...]] = var(())
    """What could not be deleted then, and why."""
    current: var[str | None] = var(None)
    pulls: var[tuple[Pull, ...]] = var(())
    forecasts: var[Mapping[str, Forecast]] = var(MappingProxyType({}))
    """What downloads were to fetch when they were asked for, by name."""
    view: var[View] = var(View())
    panel: var[Panel] = var(Panel.MODELS)
    """The panel that has the focus."""
    selected: var[str | None] = var(None)
    """The name of the model under the cursor."""
    selected_running: var[str | None] = var(None)
    selected_pull: var[str | None] = var(None)
    details: var[ModelDetails | None] = var(None)
    """What `show` told of the selected model; None until it has."""
    model_disk: var[Disk | None] = var(None)
    """The disk of the models; None: nobody knows it."""
    models_size: var[int | None] = var(None)
    """Bytes of all models on the disk, what several have counted once; None: nobody knows."""
    gpus: var[Gpus | None] = var(None)
    """The GPUs; None where there are none, and before they were read."""
    free_vram: var[int | None] = var(None)
    """Bytes of video memory that nobody uses, on all GPUs; None if that is not known."""
    server_context: var[int | None] = var(None)
    """Tokens that the server gives where nobody says how many; None if that is not known.

    `settle_context` in `fitting.py` alone says so.
    """
    in_sight: var[tuple[str, ...]] = var(())
    """The names of the models whose rows are in sight."""
    verdicts: var[Verdicts] = var(NO_VERDICTS)
    """Which models fit, as far as that is known."""
    fit: var[Fit | None] = var(None)
    """How the selected model would go into memory; None until that is known."""
    notice: var[Notice | None] = var(None)
    now: var[float] = var(0.0)
    """Seconds since 1970, a few seconds old at most."""
