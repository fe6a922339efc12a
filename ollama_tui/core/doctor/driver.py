"""What a reading of the GPUs tells the doctor."""

from __future__ import annotations

from pathlib import Path

from ollama_tui.core.doctor.evidence import Gpus
from ollama_tui.core.gpus.values import Gpu, Reading
from ollama_tui.core.text import clean

_NVIDIA_VERSION = Path("/sys/module/nvidia/version")


def gpus_seen(reading: Reading | None, version: Path = _NVIDIA_VERSION) -> Gpus:
    """What the driver says of this machine's GPUs; it reads a file.

    Args:
        reading: None: there is none.
        version: where NVIDIA's driver tells its version.
    """
    if reading is None:
        return Gpus(why="the driver has not answered")
    if reading.elsewhere:
        return Gpus(why=f"GPUs are {reading.elsewhere}")
    if not reading.gpus and not reading.is_broken:
        return Gpus(why=reading.why)
    # A program sees one slice of a card by itself, and may be given more.
    cards: dict[tuple[str, int], Gpu] = {}
    for gpu in reading.gpus:
        cards.setdefault((gpu.maker, gpu.index), gpu)
    needed = [gpu for gpu in cards.values() if not gpu.is_shared]
    return Gpus(
        tuple(map(_name, needed)),
        _version(version) if any(gpu.maker == "nvidia" for gpu in reading.gpus) else "",
        reading.why if reading.is_broken else "",
        optional=tuple(_name(gpu) for gpu in reading.gpus if gpu not in needed),
    )


def _name(gpu: Gpu) -> str:
    return gpu.name or f"GPU {gpu.label}"


def _version(path: Path) -> str:
    try:
        return clean(path.read_text(encoding="utf-8", errors="replace").strip(), 40)
    except OSError:
        return ""
