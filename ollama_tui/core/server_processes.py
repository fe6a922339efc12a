"""Which processes of this machine are the server that is watched, never a wrong one."""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlsplit

from ollama_tui.core.hosts import is_of_this_machine
from ollama_tui.core.listeners import Listener, listeners
from ollama_tui.core.processes import PROC, Process, processes

_SERVES = ("serve", "start")
_ROOT = 0
_CONTAINERS = ("docker", "containerd", "libpod", "kubepods")
_PUBLISHERS = ("docker-proxy",)


def server_processes(url: str, proc: Path = PROC) -> frozenset[int]:
    """The processes that the server at an address may be; empty where that cannot be told.

    Who listens may be a tunnel to another machine, and is hidden from most users. Then whose
    the socket is has to do, unless it is root's, who holds tunnels too. It reads the files of
    all processes, so it blocks.

    Args:
        url: the server's address.
        proc: the folder in which the kernel tells of processes and sockets.
    """
    if not is_of_this_machine(url):
        return frozenset()
    parts = urlsplit(url)
    serving = serving_processes(proc)
    held = list(_meant(parts.hostname or "", listeners(parts.port or 80, proc) or ()))
    found = [_behind(listener, serving, parts.port or 80, proc) for listener in held]
    # Of several listeners one cannot say which answers.
    return frozenset().union(*found) if found and all(found) else frozenset()


def serving_processes(proc: Path = PROC) -> list[Process]:
    """The servers that run on this machine, as far as this user may see; it reads files."""
    return [one for one in processes("ollama", proc=proc) or () if _is_server(one)]


def _is_server(process: Process) -> bool:
    return process.command[1:2] != () and process.command[1] in _SERVES


def _meant(host: str, held: tuple[Listener, ...]) -> Iterable[Listener]:
    """Those that a connection to this address can reach."""
    every = ("0.0.0.0", "::")
    exact = [one for one in held if one.address == host]
    # A name may stand for any of the addresses.
    is_name = not re.fullmatch(r"[0-9.]+|[0-9a-f:]+", host)
    return (one for one in exact or held if is_name or one.address in (host, *every))


def _behind(listener: Listener, serving: list[Process], port: int, proc: Path) -> frozenset[int]:
    if listener.pid is not None and listener.program in _PUBLISHERS:
        return _in_containers(serving, proc)
    if listener.pid is not None:
        return frozenset({listener.pid} & {one.pid for one in serving})
    if listener.uid != _ROOT:
        return frozenset(one.pid for one in serving if one.user_id == listener.uid)
    return _in_containers(serving, proc) if _is_published(port, proc) else frozenset()


def _is_published(port: int, proc: Path) -> bool:
    """Whether a container's port is published as this one: that command line anybody may read."""
    commands = (one.command for one in processes(*_PUBLISHERS, proc=proc) or ())
    return any(("-host-port", str(port)) in pairwise(words) for words in commands)


def _in_containers(serving: list[Process], proc: Path) -> frozenset[int]:
    return frozenset(one.pid for one in serving if _is_contained(proc / str(one.pid) / "cgroup"))


def _is_contained(group: Path) -> bool:
    with suppress(OSError):
        text = group.read_text(encoding="utf-8", errors="replace")
        return any(word in text for word in _CONTAINERS)
    return False
