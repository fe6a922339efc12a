"""AMD's cards, read out of a made tree of the kernel's files."""

from __future__ import annotations

from pathlib import Path

import pytest

from ollama_tui.core.gpus.amd import Amd
from tests.core.gpus.machines import MIB, amd_card, opened, program, put

PCI = "0000:03:00.0"


@pytest.fixture
def sys(tmp_path: Path) -> Path:
    return tmp_path / "sys"


@pytest.fixture
def proc(tmp_path: Path) -> Path:
    (tmp_path / "proc").mkdir()
    return tmp_path / "proc"


def amd(sys: Path, proc: Path) -> Amd:
    return Amd(sys, proc, sys.parent / "amdgpu.ids")


def test_a_card_tells_all_it_knows(sys: Path, proc: Path) -> None:
    amd_card(sys, 0, name="Radeon RX 7900 XTX")

    (gpu,) = amd(sys, proc).read().gpus

    assert (gpu.index, gpu.name, gpu.short_name) == (0, "Radeon RX 7900 XTX", "RX 7900 XTX")
    assert (gpu.total, gpu.used, gpu.free) == (24576 * MIB, 20480 * MIB, 4096 * MIB)
    assert (gpu.utilisation, gpu.temperature) == (0.37, 61)
    assert (gpu.power, gpu.power_limit) == (212, 303)
    assert gpu.uuid == "a1b2c3d0"


def test_what_a_card_lacks_is_unknown(sys: Path, proc: Path) -> None:
    device = amd_card(sys, 0)
    for name in ("gpu_busy_percent", "hwmon/hwmon4/temp1_input", "hwmon/hwmon4/power1_average"):
        (device / name).unlink()

    (gpu,) = amd(sys, proc).read().gpus

    assert (gpu.utilisation, gpu.temperature, gpu.power) == (None, None, None)
    assert gpu.total


def test_newer_cards_tell_their_power_in_another_file(sys: Path, proc: Path) -> None:
    device = amd_card(sys, 0)
    (device / "hwmon/hwmon4/power1_average").unlink()
    put(device / "hwmon/hwmon4/power1_input", 99_000_000)

    assert amd(sys, proc).read().gpus[0].power == 99


def test_a_name_comes_from_libdrms_list(sys: Path, proc: Path) -> None:
    amd_card(sys, 0)
    put(sys.parent / "amdgpu.ids", "# List\n1.0.0\n744C,\tC8,\tAMD Radeon RX 7900 XTX")

    assert amd(sys, proc).read().gpus[0].name == "AMD Radeon RX 7900 XTX"


def test_without_that_list_it_has_its_number(sys: Path, proc: Path) -> None:
    amd_card(sys, 0)

    assert amd(sys, proc).read().gpus[0].name == "AMD 744c"


def test_what_a_program_holds_counts_once_however_often_it_is_open(sys: Path, proc: Path) -> None:
    amd_card(sys, 0)
    folder = program(proc, 812, "/usr/lib/ollama/llama-server", "--model", "/x/blobs/sha256-aa")
    opened(folder, 4, PCI, 9, "2048 KiB")
    opened(folder, 5, PCI, 9, "2048 KiB")
    opened(folder, 6, PCI, 10, "3 MiB")

    (process,) = amd(sys, proc).read().processes

    assert (process.pid, process.used, process.gpu) == (812, 5 * MIB, "a1b2c3d0")
    assert (process.command, process.is_ollama) == ("llama-server", True)


def test_each_card_has_its_own_programs(sys: Path, proc: Path) -> None:
    amd_card(sys, 0)
    amd_card(sys, 1)
    folder = program(proc, 812, "python3", "train.py")
    opened(folder, 4, PCI, 9, "2 MiB")
    opened(folder, 5, "0000:04:00.0", 12, "7 MiB")

    processes = amd(sys, proc).read().processes

    assert [(one.gpu, one.used) for one in processes] == [
        ("a1b2c3d0", 2 * MIB), ("a1b2c3d1", 7 * MIB)
    ]  # fmt: skip
    assert not processes[0].is_ollama


def test_a_gpu_in_the_processor_has_the_machines_memory_too(sys: Path, proc: Path) -> None:
    amd_card(sys, 0, is_apu=True)
    opened(program(proc, 812, "ollama", "serve"), 4, PCI, 9, "2 MiB", "30 MiB")

    reading = amd(sys, proc).read()

    assert reading.gpus[0].total == (24 + 32) * 1024 * MIB
    assert reading.gpus[0].used == 21 * 1024 * MIB
    assert reading.processes[0].used == 32 * MIB


def test_damaged_files_are_unknown(sys: Path, proc: Path) -> None:
    device = amd_card(sys, 0, name="\x1b]0;evil\x07")
    put(device / "mem_info_vram_used", "many")
    (device / "gpu_busy_percent").write_bytes(b"\xff\xfe")
    opened(program(proc, 812, "x"), 4, PCI, 9, "lots KiB")

    reading = amd(sys, proc).read()

    assert reading.gpus[0].used is None
    assert reading.gpus[0].utilisation is None
    assert "\x1b" not in reading.gpus[0].name
    assert reading.processes == ()


def test_without_a_card_nothing_is_told(sys: Path, proc: Path) -> None:
    put(sys / "class/drm/card0/device/vendor", "0x8086")

    assert amd(sys, proc).read().is_empty
