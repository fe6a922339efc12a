"""What the loaded models really take, for one command."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress

from ollama_tui.cli.parts import Parts
from ollama_tui.core.driver_view import measured_bytes
from ollama_tui.core.errors import OllamaTuiError
from ollama_tui.core.gpus import Reading
from ollama_tui.core.gpus.machine import GpuSource
from ollama_tui.core.gpus.reader import GpuReader
from ollama_tui.core.library import Library
from ollama_tui.core.memory.fits import Fits, fits_of
from ollama_tui.core.memory.learned import is_told_truly
from ollama_tui.core.models import Model, RunningModel
from ollama_tui.core.occupancies import Figures, Occupancies
from ollama_tui.core.occupancy import Known, Occupancy
from ollama_tui.core.runners import Runner

_PATIENCE = 2.0
"""Seconds that a driver has to answer."""


def occupancies_of(parts: Parts, *, has_figures: bool = True) -> Occupancies:
    """What looks at the loaded models; the GPUs are read once, where there is a runner.

    Args:
        parts: what the command has.
        has_figures: whether driver and estimate are asked too, for what its log does not tell.
    """
    if parts.settings.demo or not has_figures:
        # What the demo's models take is made up, and the same everywhere.
        return Occupancies(parts.service)
    measured = _measured_by(parts.machine.gpus) if parts.machine.gpus else None
    return Occupancies(parts.service, figures=Figures(measured, fits(parts).reserved))


def fits(parts: Parts) -> Fits:
    """The fits of the server's models."""
    paths = parts.settings.paths
    return fits_of(parts.service, paths.shapes, paths.learned_memory, parts.settings.server_key)


def about_memory(one: Occupancy) -> dict[str, object]:
    """What a loaded model really takes, as JSON names it."""
    return {
        "memory_bytes": one.memory,
        "memory_source": one.source.value,
        "runner": one.state.value if one.state else None,
    }


async def look_at_loaded(parts: Parts) -> Known:
    """What the loaded models take, as `ps` tells it; nothing where that cannot be known."""
    with suppress(OllamaTuiError):
        if running := await parts.service.running():
            return await occupancies_of(parts).look(running, await parts.service.library())
    return ()


async def learn_of(parts: Parts, model: Model, running: Iterable[RunningModel]) -> Known:
    """Remember what a model takes if it is loaded; what fails then is no failure.

    Returns:
        What its engine's log tells of it; nothing where that is not known.
    """
    known: Known = ()
    if loaded := tuple(one for one in running if one.is_of(model)):
        with suppress(OllamaTuiError):
            # A log tells what the engine reserved, whatever a driver counts.
            known = await occupancies_of(parts, has_figures=False).look(loaded, Library((model,)))
            believes = is_told_truly(await parts.service.version())
            await fits(parts).learn(loaded, (model,), known, believes=believes)
    return known


def _measured_by(gpus: GpuSource) -> Callable[[RunningModel, Runner], Awaitable[int | None]]:
    reader, readings = GpuReader(gpus), list[Reading | None]()

    async def measured(model: RunningModel, runner: Runner) -> int | None:
        if not readings:
            readings.append(await reader.read(_PATIENCE))
        return measured_bytes(readings[0], model, runner)

    return measured
