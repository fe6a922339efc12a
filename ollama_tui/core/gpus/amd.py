"""AMD's GPUs, by what the kernel's amdgpu driver tells in files; no library is needed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from ollama_tui.core.gpus.programs import Program, program_of
from ollama_tui.core.gpus.values import Gpu, GpuProcess, Reading
from ollama_tui.core.processes import PROC
from ollama_tui.core.text import clean

SYS = Path("/sys")
_VENDOR = "0x1002"
_CARD = re.compile(r"card(\d+)")
_NAMES = Path("usr/share/libdrm/amdgpu.ids")
_UNITS = {"": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30}
_READ_AT_MOST = 4096


class Amd:
    """The cards of AMD's that are in this machine."""

    def __init__(self, sys: Path = SYS, proc: Path = PROC, names: Path | None = None) -> None:
        """Read nothing yet.

        Args:
            sys: where the kernel tells of devices.
            proc: where it tells of programs.
            names: a list of the cards' names; None: libdrm's.
        """
        self._sys, self._proc = sys, proc
        self._names = names or Path("/") / _NAMES
        self._known_names: dict[str, str] = {}

    def read(self) -> Reading:
        """What can be known of them now; empty where there are none."""
        cards = {_pci(device): device for device in self._devices()}
        if not cards:
            return Reading()
        gpus = {
            pci: self._gpu(index, pci, device) for index, (pci, device) in enumerate(cards.items())
        }
        is_apu = {pci: _is_apu(device) for pci, device in cards.items()}
        held, hidden = self._held(is_apu)
        processes = (
            self._process(gpus[pci], pid, used) for (pci, pid), used in sorted(held.items())
        )
        is_short = any(gpu.used is not None and gpu.used >= 2**28 for gpu in gpus.values())
        why = "what other users' programs hold of AMD's GPUs cannot be seen without root"
        return Reading(tuple(gpus.values()), tuple(processes), why if hidden and is_short else "")

    def _devices(self) -> Iterator[Path]:
        found = [
            (int(match[1]), path / "device")
            for path in (self._sys / "class" / "drm").glob("card*")
            if (match := _CARD.fullmatch(path.name))
        ]
        for _, device in sorted(found):
            if _text(device / "vendor") == _VENDOR and (device / "mem_info_vram_total").exists():
                yield device

    def _gpu(self, index: int, pci: str, device: Path) -> Gpu:
        total, used = _memory(device)
        usage, sensors = _number(device / "gpu_busy_percent"), _sensors(device)
        temperature = _number(sensors / "temp1_input")
        power = _number(sensors / "power1_average")
        power = _number(sensors / "power1_input") if power is None else power
        limit = _number(sensors / "power1_cap")
        return Gpu(
            index,
            self._name(device),
            _text(device / "unique_id") or pci,
            "amd",
            total,
            used,
            None if total is None or used is None else max(0, total - used),
            utilisation=None if usage is None else min(usage, 100) / 100,
            temperature=None if temperature is None else round(temperature / 1000),
            power=None if power is None else power / 1e6,
            power_limit=None if limit is None else limit / 1e6,
            is_shared=_is_apu(device),
        )

    def _name(self, device: Path) -> str:
        if name := _text(device / "product_name"):
            return name
        key = f"{_text(device / 'device')[2:]},{_text(device / 'revision')[2:]}".upper()
        if key not in self._known_names:
            self._known_names[key] = self._listed_name(key)
        return self._known_names[key]

    def _listed_name(self, key: str) -> str:
        try:
            lines = self._names.read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            lines = []
        for words in (line.split(",\t") for line in lines):
            if len(words) == 3 and f"{words[0]},{words[1].rjust(2, '0')}".upper() == key:
                return clean(words[2], 80)
        return f"AMD {key.partition(',')[0].lower()}"

    def _held(self, is_apu: dict[str, bool]) -> tuple[dict[tuple[str, int], int], bool]:
        """Bytes by card and process, and whether there are processes that cannot be seen."""
        held: dict[tuple[str, int], int] = {}
        is_hidden = False
        for folder in self._proc.glob("[0-9]*"):
            try:
                clients = dict(self._clients(folder))
            except PermissionError:
                is_hidden = True
                continue
            except OSError:
                continue
            for (pci, _), facts in clients.items():
                if pci in is_apu and (used := _used(facts, is_apu[pci])):
                    key = (pci, int(folder.name))
                    held[key] = held.get(key, 0) + used
        return held, is_hidden

    def _clients(self, folder: Path) -> Iterator[tuple[tuple[str, str], dict[str, str]]]:
        """What a process has open of a card, once however often it has it open."""
        descriptors = folder / "fd"
        for name in [path.name for path in descriptors.iterdir()]:
            try:
                if not str((descriptors / name).readlink()).startswith("/dev/dri/"):
                    continue
                facts = _facts(folder / "fdinfo" / name)
            except OSError:
                continue
            yield (facts.get("drm-pdev", ""), facts.get("drm-client-id", name)), facts

    def _process(self, gpu: Gpu, pid: int, used: int) -> GpuProcess:
        program = program_of(pid, self._proc) or Program()
        return GpuProcess(gpu.key, pid, used, program.user, program.command, program.is_ollama)


def _memory(device: Path) -> tuple[int | None, int | None]:
    """Bytes in all and used; a GPU that is part of the processor uses the machine's too."""
    total, used = (_number(device / f"mem_info_vram_{kind}") for kind in ("total", "used"))
    if not _is_apu(device) or total is None or used is None:
        return total, used
    more, more_used = (_number(device / f"mem_info_gtt_{kind}") for kind in ("total", "used"))
    return total + (more or 0), used + (more_used or 0)


def _is_apu(device: Path) -> bool:
    # The kernel tells the voltage of a north bridge of these alone (amdgpu_pm.c).
    return (_sensors(device) / "in1_label").exists()


def _used(facts: dict[str, str], is_apu: bool) -> int:
    kinds = ("vram", "gtt") if is_apu else ("vram",)
    return sum(_bytes(facts.get(f"drm-memory-{kind}", "0")) for kind in kinds)


def _bytes(text: str) -> int:
    number, _, unit = text.partition(" ")
    return int(number) * _UNITS.get(unit.strip(), 1) if number.isdecimal() else 0


def _facts(path: Path) -> dict[str, str]:
    with path.open("rb") as file:
        lines = file.read(_READ_AT_MOST).decode(errors="replace").splitlines()
    pairs = (line.partition(":") for line in lines)
    return {name.strip(): value.strip() for name, _, value in pairs}


def _pci(device: Path) -> str:
    return device.resolve().name


def _sensors(device: Path) -> Path:
    return next(iter(sorted((device / "hwmon").glob("hwmon*"))), device / "hwmon")


def _number(path: Path) -> int | None:
    text = _text(path)
    return int(text) if text.removeprefix("-").isdecimal() else None


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return clean(file.read(_READ_AT_MOST).decode(errors="replace").strip(), 80)
    except OSError:
        return ""
