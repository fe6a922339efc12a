"""Who listens on a port."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest

from ollama_tui.core.listeners import Listener, listeners

_HEAD = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid\n"
_ROW = "   0: {at}:{port:04X} 0:0 {state} 0:0 0:0 0 {uid} 0 {inode} 1\n"
LOOPBACK, EVERYWHERE = "0100007F", "00000000"


def made(proc: Path, at: str = LOOPBACK, **changes: object) -> Path:
    """A made /proc with one socket."""
    facts = {"at": at, "port": 11434, "state": "0A", "uid": 998, "inode": 777} | changes
    (proc / "net").mkdir(parents=True, exist_ok=True)
    name = "tcp" if len(at) == 8 else "tcp6"
    (proc / "net" / name).write_text(_HEAD + _ROW.format(**facts))
    return proc


def hold(proc: Path, pid: int = 42, program: str = "ollama", group: str = "0::/") -> None:
    """Let a process hold that socket."""
    (proc / str(pid) / "fd").mkdir(parents=True)
    os.symlink("socket:[777]", proc / str(pid) / "fd" / "3")
    (proc / str(pid) / "comm").write_text(f"{program}\n")
    (proc / str(pid) / "cgroup").write_text(f"{group}\n")


@pytest.mark.parametrize(
    ("at", "address", "is_open"),
    [
        (LOOPBACK, "127.0.0.1", False),
        (EVERYWHERE, "0.0.0.0", True),
        ("0500A8C0", "192.168.0.5", True),
        ("0" * 32, "::", True),
        ("00000000000000000000000001000000", "::1", False),
        ("0000000000000000FFFF00000100007F", "127.0.0.1", False),
    ],
)
@pytest.mark.skipif(sys.byteorder != "little", reason="the rows are of such a machine")
def test_its_address_is_read(tmp_path: Path, at: str, address: str, is_open: bool) -> None:
    found = listeners(11434, made(tmp_path, at))

    assert found == (Listener(address, 998),)
    assert found[0].is_open is is_open


def test_its_process_is_found(tmp_path: Path) -> None:
    hold(made(tmp_path), group="0::/system.slice/ollama.service")

    found = listeners(11434, tmp_path)

    assert found == (Listener("127.0.0.1", 998, 42, "ollama", "0::/system.slice/ollama.service"),)


def test_ssh_is_a_tunnel(tmp_path: Path) -> None:
    hold(made(tmp_path), program="ssh")

    found = listeners(11434, tmp_path)

    assert found is not None
    assert found[0].is_tunnel


@pytest.mark.parametrize("changes", [{"port": 80}, {"state": "01"}])
def test_other_sockets_are_left_out(tmp_path: Path, changes: dict[str, Any]) -> None:
    assert listeners(11434, made(tmp_path, **changes)) == ()


def test_a_row_that_cannot_be_read_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "net").mkdir()
    (tmp_path / "net" / "tcp").write_text(f"{_HEAD}tea\n 0: XYZ:2CAA 0 0A 0 0 0 9 0 1\n")

    assert listeners(11434, tmp_path) == ()


def test_a_system_without_proc_does_not_tell(tmp_path: Path) -> None:
    assert listeners(11434, tmp_path) is None
