"""Where the evidence comes from: everything at once, and each piece as soon as it is there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from types import MappingProxyType
from urllib.parse import urlsplit

from ollama_tui.core.doctor.asking import answer_of
from ollama_tui.core.doctor.engine import engine_of
from ollama_tui.core.doctor.evidence import (
    Address,
    Engine,
    Evidence,
    Folder,
    Gpus,
    Machine,
    Own,
    Terminal,
    Unit,
)
from ollama_tui.core.doctor.named import named_folder, served_folders
from ollama_tui.core.doctor.patience import within
from ollama_tui.core.doctor.stores import model_folder, user_name
from ollama_tui.core.doctor.systemd import service_unit
from ollama_tui.core.hosts import is_of_this_machine
from ollama_tui.core.listeners import Listener, listeners
from ollama_tui.core.model_disk import homes_of_others
from ollama_tui.core.model_folder import usual_folders
from ollama_tui.core.server_log import (
    LogPlaces,
    ServerLog,
    has_users_own_unit,
    read_server_log,
    unit_of,
)
from ollama_tui.core.server_start import server_start
from ollama_tui.core.service import OllamaService
from ollama_tui.core.text import clean

_PATIENCE = 12.0
"""Seconds for a look at this machine, which may ask a few programs."""
_TERMINAL_WORDS = (
    *("TERM", "COLORTERM", "NO_COLOR", "LC_ALL", "LC_CTYPE", "LANG", "TMUX", "STY"),
    *("SSH_CONNECTION", "SSH_TTY"),
)


def _unread_gpus() -> Gpus:
    return Gpus(why="nobody reads the GPUs here")


@dataclass(frozen=True, slots=True)
class Patient:
    """What is examined: a server, and this program's own files."""

    address: Address
    own: Callable[[], Own]
    """Reads this program's own files; it may block."""
    places: LogPlaces
    environment: Mapping[str, str] = field(default_factory=dict)
    gpus: Callable[[], Gpus] = _unread_gpus
    """Reads this machine's GPUs; it may block."""
    has_terminal: bool = True
    columns: int = 80
    lines: int = 24
    is_ascii: bool = False
    homes: Callable[[], Iterable[Path]] = field(default=homes_of_others)
    """Where other users may have models."""


async def examine(patient: Patient, service: OllamaService) -> AsyncIterator[Evidence]:
    """What is known, each time that there is more; the last one is all of it."""
    evidence = Evidence(patient.address)
    yield evidence
    steps: Mapping[str, Awaitable[object]] = {
        "terminal": _terminal(patient),
        "own": _own(patient),
        "answer": answer_of(service),
        "machine": _machine(patient),
    }

    async def named(name: str, step: Awaitable[object]) -> Mapping[str, object]:
        return {name: await step}

    tasks = [asyncio.ensure_future(named(name, step)) for name, step in steps.items()]
    try:
        for done in asyncio.as_completed(tasks):
            evidence = _with(evidence, await done)
            yield evidence
    finally:
        for task in tasks:
            task.cancel()


def _with(evidence: Evidence, found: Mapping[str, object]) -> Evidence:
    return replace(evidence, **found)  # type: ignore[arg-type]


async def _own(patient: Patient) -> Own:
    return await within(_PATIENCE, patient.own) or Own(config_failure="Its own files hang.")


async def _terminal(patient: Patient) -> Terminal:
    told = {name: patient.environment.get(name) for name in _TERMINAL_WORDS}
    passthrough = ""
    if told["TMUX"] and patient.has_terminal:
        command = ("tmux", "show-options", "-gv", "allow-passthrough")
        said = await within(_PATIENCE, partial(patient.places.ask, command))
        passthrough = clean(said.text.strip(), 20) if said and not said.failure else ""
    return Terminal(
        patient.has_terminal,
        clean(told["TERM"] or "", 60),
        MappingProxyType({name: clean(value) for name, value in told.items() if value}),
        patient.columns,
        patient.lines,
        patient.is_ascii,
        passthrough,
    )


async def _machine(patient: Patient) -> Machine:
    address = patient.address
    if address.is_demo:
        return _elsewhere("the demo's server is in this program: it has no process, log or folder")
    if not is_of_this_machine(address.url):
        return _elsewhere("it is read on the server's own machine only")
    port = urlsplit(address.url).port or 80
    held = await within(_PATIENCE, lambda: listeners(port, patient.places.proc))
    if any(listener.is_tunnel for listener in held or ()):
        return _elsewhere(f"ssh holds port {port}, so the server is on another machine")
    return await _machine_with(patient, held)


async def _machine_with(patient: Patient, held: tuple[Listener, ...] | None) -> Machine:
    url = patient.address.url
    name, of_a_user = unit_of(held or ()), has_users_own_unit(held or ())
    ask = patient.places.ask
    unit, log, gpus = await asyncio.gather(
        within(_PATIENCE, lambda: service_unit(name, ask, of_a_user=of_a_user)),
        within(_PATIENCE, lambda: read_server_log(url, patient.places)),
        within(_PATIENCE, patient.gpus),
    )
    machine = Machine(
        listeners=held,
        users=MappingProxyType({of.uid: user_name(of.uid) for of in held or ()}),
        unit=unit or Unit(why="systemd does not answer"),
        log=log or ServerLog(why="its log cannot be read in time"),
        gpus=gpus or Gpus(why="the driver does not answer"),
    )
    engine = await within(
        _PATIENCE, lambda: engine_of(held or (), machine.log, patient.places.proc)
    )
    machine = replace(machine, start=server_start(machine.log.start), engine=engine or Engine())
    folder = await within(_PATIENCE, lambda: _folder(machine, patient))
    return replace(machine, folder=folder or Folder(why="its disk does not answer"))


def _elsewhere(why: str) -> Machine:
    return Machine(is_here=False, elsewhere=why)


def _folder(machine: Machine, patient: Patient) -> Folder:
    proc = patient.places.proc
    served = tuple(served_folders(proc))
    return model_folder(named_folder(machine, proc), _usual(patient), served)


def _usual(patient: Patient) -> Iterable[Path]:
    yield from usual_folders(patient.environment, patient.places.home)
    yield from patient.homes()
