"""Where a server of this machine is told to keep its models: its process, log or service says."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

from ollama_tui.core.doctor.evidence import Machine
from ollama_tui.core.doctor.stores import Named, Served, default_folder, uid_of, user_name
from ollama_tui.core.doctor.systemd import service_unit
from ollama_tui.core.hosts import DEFAULT_URL, is_of_this_machine, shown_address
from ollama_tui.core.listeners import listeners
from ollama_tui.core.processes import PROC
from ollama_tui.core.server_log import LogPlaces, has_users_own_unit, read_server_log, unit_of
from ollama_tui.core.server_processes import serving_processes
from ollama_tui.core.server_start import server_start
from ollama_tui.core.text import clean

_SERVERS = ("", "ollama")
"""What who listens is called, if it is a server or is not seen; else it is a proxy's."""
_READ = ("OLLAMA_MODELS", "OLLAMA_HOST", "HOME")
"""All that is read of another process's environment, which may hold secrets."""
_ENVIRONMENT_AT_MOST = 1_000_000


def folder_named(url: str, places: LogPlaces) -> Path | None:
    """The folder that the server at an address was told to use; None: nothing here tells.

    It may ask programs, so it blocks for seconds where the process itself tells nothing.
    """
    if not is_of_this_machine(url):
        return None
    port = urlsplit(url).port or 80
    held = listeners(port, places.proc)
    if held and all(of.is_tunnel or of.program not in _SERVERS for of in held):
        return None
    named = _by_process(machine := Machine(listeners=held), places.proc)
    if named is None:
        log = read_server_log(url, places)
        unit = service_unit(
            unit_of(held or ()), places.ask, of_a_user=has_users_own_unit(held or ())
        )
        machine = Machine(listeners=held, log=log, unit=unit, start=server_start(log.start))
        named = _by_others(machine)
    return Path(named.path) if os.path.isabs(named.path) else None


def named_folder(machine: Machine, proc: Path = PROC) -> Named:
    """The server's folder, as the best witness tells it, and who the server runs as."""
    return _by_process(machine, proc) or _by_others(machine)


def served_folders(proc: Path = PROC) -> Iterator[Served]:
    """The folders of the servers that run here, as far as this user may see; it reads files."""
    for process in serving_processes(proc):
        told = _environment(proc / str(process.pid))
        folder = _folder_in(told)
        if os.path.isabs(folder) and _is_here(folder, proc / str(process.pid)):
            host = shown_address(clean(told.get("OLLAMA_HOST", ""), 200)).strip()
            yield Served(Path(folder), host or urlsplit(DEFAULT_URL).netloc)


def _by_process(machine: Machine, proc: Path) -> Named | None:
    """What the environment of the server's process says; None where that is not to be read."""
    for of in machine.listeners or ():
        if of.pid is not None and of.program == "ollama":
            process = proc / str(of.pid)
            told = _environment(process)
            if folder := _folder_in(told):
                # A container's folder is not where its server looks.
                path = folder if _is_here(folder, process) else ""
                by = "its process" if told.get("OLLAMA_MODELS") else _default_of(of.uid)
                return Named(path, by, _uid(machine))
    return None


def _by_others(machine: Machine) -> Named:
    uid, unit = _uid(machine), machine.unit
    if told := (machine.start.settings or {}).get("OLLAMA_MODELS"):
        # A container's folder is not where its log says.
        is_inside = machine.log.source.startswith("docker")
        return Named("" if is_inside else told, "its log", uid)
    if unit.is_installed and (told := unit.environment.get("OLLAMA_MODELS")):
        return Named(told, unit.name, uid)
    if unit.is_installed and uid is not None and "HOME" not in unit.environment:
        return Named(default_folder(uid), _default_of(uid), uid)
    return Named("", "", uid)


def _default_of(uid: int) -> str:
    return f"Ollama's default for {user_name(uid)}"


def _uid(machine: Machine) -> int | None:
    # A proxy or a container's front may hold the port for it.
    uids = {of.uid for of in machine.listeners or () if of.program in _SERVERS}
    if len(uids) == 1:
        return next(iter(uids))
    unit = machine.unit
    return uid_of(unit.user or "root") if not machine.listeners and unit.is_installed else None


def _folder_in(told: dict[str, str]) -> str:
    if folder := told.get("OLLAMA_MODELS"):
        return folder
    home = told.get("HOME", "")
    return f"{home}/.ollama/models" if home else ""


def _environment(process: Path) -> dict[str, str]:
    """A few variables of a process, as Ollama reads them; none where others may not look."""
    with suppress(OSError), open(process / "environ", "rb") as file:
        words = os.fsdecode(file.read(_ENVIRONMENT_AT_MOST)).split("\0")
        pairs = (word.partition("=") for word in words)
        return {name: text.strip().strip("\"'") for name, _, text in pairs if name in _READ}
    return {}


def _is_here(folder: str, process: Path) -> bool:
    """Whether a process finds at this path what this program finds there."""
    try:
        inside = os.stat(f"{process}/root{folder}")
    except (OSError, ValueError):
        return True
    with suppress(OSError):
        here = os.stat(folder)
        return (here.st_dev, here.st_ino) == (inside.st_dev, inside.st_ino)
    return False
