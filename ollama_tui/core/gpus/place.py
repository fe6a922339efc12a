"""Whether a server is on this machine, as far as the kernel tells."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from ollama_tui.core.hosts import is_of_this_machine
from ollama_tui.core.listeners import listeners
from ollama_tui.core.processes import PROC

ELSEWHERE = "read on the server's machine only"
TUNNEL = "read on the server's machine only: the port is a tunnel of {}"
_FORWARDERS = ("kubectl", "cloudflared", "chisel", "frpc", "frps", "tsh", "teleport")
"""Programs besides `ssh` that listen to a port on behalf of another machine."""


def why_elsewhere(
    url: str, proc: Path = PROC, is_own: Callable[[str], bool] = is_of_this_machine
) -> str:
    """Why the server is not on this machine; empty if it is, or if that cannot be told.

    A port of this machine may be the end of a tunnel; then the program that listens to it
    is one that forwards. A container's port is this machine's own.

    Args:
        url: the server's address.
        proc: where the kernel tells of programs and sockets.
        is_own: whether an address is this machine's.
    """
    if not is_own(url):
        return ELSEWHERE
    for listener in listeners(urlsplit(url).port or 80, proc) or ():
        if listener.is_tunnel or listener.program in _FORWARDERS:
            return TUNNEL.format(listener.program)
    return ""
