"""Made trees of `/sys` and `/proc`."""

from __future__ import annotations

import os
from pathlib import Path

MIB = 2**20


def put(path: Path, text: object) -> None:
    """Write a file as the kernel does, with a line's end."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{text}\n")


def amd_card(root: Path, number: int, *, is_apu: bool = False, name: str = "") -> Path:
    """A card of AMD's below `sys`, as the kernel's driver tells of it; its folder."""
    pci = root / "devices" / f"0000:0{number + 3}:00.0"
    for file, text in {
        "vendor": "0x1002", "device": "0x744c", "revision": "0xc8", "product_name": name,
        "mem_info_vram_total": 24 * 1024 * MIB, "mem_info_vram_used": 20 * 1024 * MIB,
        "mem_info_gtt_total": 32 * 1024 * MIB, "mem_info_gtt_used": 1024 * MIB,
        "gpu_busy_percent": 37, "unique_id": f"a1b2c3d{number}",
        "hwmon/hwmon4/temp1_input": 61000, "hwmon/hwmon4/power1_average": 212_000_000,
        "hwmon/hwmon4/power1_cap": 303_000_000,
    }.items():  # fmt: skip
        put(pci / file, text)
    if is_apu:
        put(pci / "hwmon/hwmon4/in1_label", "vddnb")
    card = root / "class" / "drm" / f"card{number}"
    card.mkdir(parents=True)
    (card / "device").symlink_to(pci)
    (root / "class" / "drm" / f"card{number}-DP-1").mkdir()
    return pci


def program(proc: Path, pid: int, *words: str) -> Path:
    """A program below `proc`; its folder."""
    folder = proc / str(pid)
    folder.mkdir(parents=True)
    (folder / "cmdline").write_bytes(b"\0".join(word.encode() for word in words) + b"\0")
    put(folder / "comm", words[0].rpartition("/")[2][:15])
    (folder / "fd").mkdir()
    (folder / "fdinfo").mkdir()
    return folder


def opened(folder: Path, number: int, pci: str, client: int, vram: str, gtt: str = "0") -> None:
    """Let a program have a card open."""
    os.symlink("/dev/dri/renderD128", folder / "fd" / str(number))
    put(
        folder / "fdinfo" / str(number),
        f"pos:\t0\ndrm-driver:\tamdgpu\ndrm-client-id:\t{client}\ndrm-pdev:\t{pci}\n"
        f"drm-memory-vram:\t{vram}\ndrm-memory-gtt: \t{gtt}",
    )


def listening(proc: Path, port: int, inode: int, *, table: str = "tcp") -> None:
    """Let something listen to a port."""
    heading = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt uid"
    row = (
        f"   0: 0100007F:{port:04X} 00000000:0000 0A 00000000:00000000 00:00000000 00000000"
        f"  1000        0 {inode} 1 0000000000000000 100 0 0 10 0"
    )
    put(proc / "net" / table, f"{heading}\n{row}")


def holds(folder: Path, number: int, inode: int) -> None:
    """Let a program have a socket."""
    os.symlink(f"socket:[{inode}]", folder / "fd" / str(number))
