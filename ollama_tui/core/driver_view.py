"""What a reading of the GPUs proves of a loaded model."""

from __future__ import annotations

from ollama_tui.core.gpus.values import GpuProcess, Reading
from ollama_tui.core.models import RunningModel
from ollama_tui.core.runners import Runner
from ollama_tui.core.why import Gpus, Holder


def driver_view(reading: Reading | None) -> Gpus | None:
    """What the driver sees; None where it could not be read, or for a server elsewhere.

    Args:
        reading: None: there was none.
    """
    if reading is None or reading.elsewhere or (reading.why and not reading.gpus):
        return None
    others = [
        one for one in reading.processes if not one.is_ollama and one.pid not in reading.models
    ]
    sizes: dict[int, int] = {}
    for one in others:
        sizes[one.pid] = sizes.get(one.pid, 0) + (one.used or 0)
    names = {one.pid: _name(one) for one in others}
    holders = tuple(Holder(names[pid], size) for pid, size in sizes.items() if size)
    has_driver = reading.has_driver or bool(reading.gpus)
    return Gpus(len(reading.gpus), reading.total, reading.free, holders, has_driver=has_driver)


def measured_bytes(reading: Reading | None, model: RunningModel, runner: Runner) -> int | None:
    """Bytes that a model takes as the driver counts them.

    None where that was not read, and for a model that is not all on GPUs: of main memory the
    driver tells nothing.

    Args:
        reading: None: there was none.
        model: as the server tells of it.
        runner: its process.
    """
    if reading is None or model.is_spilled:
        return None
    return reading.held_by(runner.pid) or None


def _name(process: GpuProcess) -> str:
    name = process.command or f"process {process.pid}"
    return f"{name} ({process.user})" if process.user else name
