"""What the loaded models really take, for one command."""

from __future__ import annotations

from ollama_tui.cli.parts import Parts
from ollama_tui.core.driver_view import measured_bytes
from ollama_tui.core.gpus import Reading
from ollama_tui.core.gpus.reader import GpuReader
from ollama_tui.core.models import RunningModel
from ollama_tui.core.occupancies import Figures, Occupancies
from ollama_tui.core.runners import Runner

_PATIENCE = 2.0
"""Seconds that a driver has to answer."""


def occupancies_of(parts: Parts) -> Occupancies:
    """What looks at the loaded models; the GPUs are read once, where there is a runner."""
    if parts.settings.demo or parts.machine.gpus is None:
        return Occupancies(parts.service)
    reader, readings = GpuReader(parts.machine.gpus), list[Reading | None]()

    async def measured(model: RunningModel, runner: Runner) -> int | None:
        if not readings:
            readings.append(await reader.read(_PATIENCE))
        return measured_bytes(readings[0], model, runner)

    return Occupancies(parts.service, figures=Figures(measured))
