"""Who listens on a port of this machine, as far as Linux tells this user."""

from __future__ import annotations

import ipaddress
import os
import socket
import struct
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from ollama_tui.core.processes import PROC
from ollama_tui.core.text import clean

_LISTENS = "0A"


@dataclass(frozen=True, slots=True)
class Listener:
    """A socket that waits for connections."""

    address: str
    """Where, such as `127.0.0.1`, `0.0.0.0` and `::`."""
    uid: int
    """Whose it is."""
    pid: int | None = None
    """The process that holds it; None: this user may not see that."""
    program: str = ""
    """The name of that process; empty where it is not seen."""
    group: str = ""
    """Its control group, which names its service or its container; empty where it is not seen."""

    @property
    def is_open(self) -> bool:
        """Whether other machines can connect to it."""
        return not ipaddress.ip_address(self.address).is_loopback

    @property
    def is_tunnel(self) -> bool:
        """Whether `ssh` holds it, so that the server is elsewhere."""
        return self.program in ("ssh", "sshd", "sshd-session", "autossh", "dropbear")


def listeners(port: int, proc: Path = PROC) -> tuple[Listener, ...] | None:
    """Who listens on a port; None: this system does not tell. It reads files, so it blocks."""
    found: list[tuple[str, int, str]] = []
    is_told = False
    for name in ("tcp", "tcp6"):
        with suppress(OSError):
            text = (proc / "net" / name).read_text(encoding="ascii", errors="replace")
            is_told = True
            found += _in_table(text, port)
    if not is_told:
        return None
    holders = _holders({inode for _, _, inode in found}, proc) if found else {}
    return tuple(_listener(address, uid, holders.get(inode), proc) for address, uid, inode in found)


def _in_table(text: str, port: int) -> Iterator[tuple[str, int, str]]:
    for line in text.splitlines()[1:]:
        words = line.split()
        with suppress(ValueError, IndexError, OSError, struct.error):
            where, _, number = words[1].rpartition(":")
            if words[3] == _LISTENS and int(number, 16) == port:
                yield _address(where), int(words[7]), words[9]


def _address(digits: str) -> str:
    """The kernel writes words of 32 bits in this machine's own order of bytes."""
    raw = bytes.fromhex(digits)
    words = struct.unpack(f">{len(raw) // 4}I", raw)
    packed = struct.pack(f"={len(words)}I", *words)
    if len(packed) == 4:
        return socket.inet_ntop(socket.AF_INET, packed)
    address = ipaddress.IPv6Address(packed)
    return str(address.ipv4_mapped or address)


def _holders(inodes: set[str], proc: Path) -> dict[str, int]:
    """The processes that hold sockets, by inode; those of others are hidden from most users."""
    links = {f"socket:[{inode}]": inode for inode in inodes}
    found: dict[str, int] = {}
    for process in proc.glob("[0-9]*"):
        with suppress(OSError, ValueError):
            for file in os.scandir(process / "fd"):
                with suppress(OSError):
                    if (inode := links.get(os.readlink(file.path))) is not None:
                        found.setdefault(inode, int(process.name))
        if len(found) == len(inodes):
            break
    return found


def _listener(address: str, uid: int, pid: int | None, proc: Path) -> Listener:
    if pid is None:
        return Listener(address, uid)
    program = group = ""
    with suppress(OSError):
        program = (proc / str(pid) / "comm").read_text(errors="replace").strip()
    with suppress(OSError):
        group = (proc / str(pid) / "cgroup").read_text(errors="replace").strip()
    return Listener(address, uid, pid, clean(program, 40), clean(group.replace("\n", " "), 1000))
