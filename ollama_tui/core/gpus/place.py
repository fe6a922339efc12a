"""Whether a server is on this machine, as far as the kernel tells."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

from ollama_tui.core.gpus.programs import PROC, program_of
from ollama_tui.core.hosts import is_loopback

ELSEWHERE = "read on the server's machine only"
TUNNEL = "read on the server's machine only: the port is a tunnel of {}"
_FORWARDERS = frozenset(
    (
        "ssh", "sshd", "sshd-session", "autossh", "dropbear", "dbclient", "plink", "teleport",
        "tsh", "kubectl", "cloudflared", "chisel", "frpc", "frps", "ngrok", "gost",
    )
)  # fmt: skip
"""Programs that listen on a port on behalf of another machine."""
_LISTENS = "0A"


def why_elsewhere(url: str, proc: Path = PROC, is_own: Callable[[str], bool] | None = None) -> str:
    """Why the server is not on this machine; empty if it is, or if that cannot be told.

    A port of this machine may be the end of a tunnel; then the program that listens to it
    is one that forwards. A container's port is this machine's own.

    Args:
        url: the server's address.
        proc: where the kernel tells of programs and sockets.
        is_own: whether a host is this machine; None: the system is asked.
    """
    parts = urlsplit(url)
    if not (is_loopback(url) or (is_own or is_this_machine)(parts.hostname or "")):
        return ELSEWHERE
    listener = listener_of(parts.port or 80, proc)
    return TUNNEL.format(listener) if listener in _FORWARDERS else ""


def is_this_machine(host: str) -> bool:
    """Whether an address is one of this machine's; a name is looked up."""
    try:
        found = socket.getaddrinfo(host, 9, type=socket.SOCK_DGRAM)
    except (OSError, UnicodeError):
        return False
    return any(_is_own(family, address) for family, _, _, _, address in found[:4])


def listener_of(port: int, proc: Path = PROC) -> str:
    """The name of the program that listens to a port; empty if that cannot be seen."""
    sockets = {f"socket:[{inode}]" for inode in _listening(port, proc)}
    if not sockets:
        return ""
    for folder in proc.glob("[0-9]*"):
        if _has_one_of(folder / "fd", sockets):
            program = program_of(int(folder.name), proc)
            return program.command.partition(":")[0] if program else ""
    return ""


def _is_own(family: int, address: tuple[object, ...]) -> bool:
    # The system sends from an address of its own; to itself, from the very same one.
    try:
        with closing(socket.socket(family, socket.SOCK_DGRAM)) as asked:
            asked.connect(address)
            return bool(asked.getsockname()[0] == asked.getpeername()[0])
    except OSError:
        return False


def _listening(port: int, proc: Path) -> Iterator[str]:
    for name in ("tcp", "tcp6"):
        try:
            lines = (proc / "net" / name).read_text().splitlines()[1:]
        except (OSError, ValueError):
            continue
        for words in (line.split() for line in lines):
            if len(words) > 9 and words[3] == _LISTENS and words[1].endswith(f":{port:04X}"):
                yield words[9]


def _has_one_of(descriptors: Path, sockets: set[str]) -> bool:
    try:
        return any(str(path.readlink()) in sockets for path in descriptors.iterdir())
    except OSError:
        return False
