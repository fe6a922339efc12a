"""A stub of NVIDIA's library, built here and loaded by the genuine nvidia-ml-py."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

SOURCE = Path(__file__).with_name("nvml.c")
COMPILER = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
_PROGRAM = """
import ctypes, json, sys
from dataclasses import asdict
from pathlib import Path
from ollama_tui.core.gpus.nvidia import Nvidia

modes, pids, sys_folder, proc = json.loads(sys.argv[1])
stub = ctypes.CDLL("libnvidia-ml.so.1")
for at, pid in enumerate(pids):
    stub.fake_pid(at, pid)
now = [0.0]
nvidia = Nvidia(Path(sys_folder), Path(proc), clock=lambda: now[0])
readings = []
for mode in modes:
    stub.fake_set(mode.encode())
    readings.append(asdict(nvidia.read()))
    now[0] += 61
print(json.dumps(readings))
"""


def built(folder: Path) -> Path:
    """Build the stub; the folder that it is in."""
    assert COMPILER is not None
    library = folder / "libnvidia-ml.so.1"
    command = [COMPILER, "-shared", "-fPIC", "-w", "-o", str(library), str(SOURCE)]
    subprocess.run(command, check=True)
    return folder


def environment(library: Path, **more: str) -> dict[str, str]:
    """What makes a program find the stub."""
    return os.environ | {"LD_LIBRARY_PATH": str(library)} | more


def readings(
    library: Path,
    modes: Sequence[str],
    *,
    pids: Sequence[int] = (),
    sys_folder: Path = Path("/sys"),
    proc: Path = Path("/proc"),
) -> list[dict[str, Any]]:
    """What is read while this and that is wrong, one after the other, a minute apart."""
    words = json.dumps([list(modes), list(pids), str(sys_folder), str(proc)])
    found = subprocess.run(
        [sys.executable, "-c", _PROGRAM, words],
        env=environment(library),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert found.returncode == 0, found.stderr
    answer: list[dict[str, Any]] = json.loads(found.stdout)
    return answer
