"""Runners: the processes in which a server has its models loaded, one for each."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ollama_tui.core.processes import PROC, Process, processes
from ollama_tui.core.text import clean

_PROGRAMS = ("llama-server", "ollama", "ollama_llama_server")
_BLOB = re.compile(r"sha256[-:]([0-9a-f]{64})$")
_F16 = "f16"


@dataclass(frozen=True, slots=True)
class Runner:
    """A process that has a model loaded, as its command line describes it."""

    pid: int
    model: str
    """The file of its weights; with the MLX engine the model's name."""
    digest: str = ""
    """Hexadecimal, of the layer of its weights, not of the manifest; empty for the MLX engine."""
    context: int | None = None
    """Tokens of each slot; None before Ollama 0.30, which does not write it there."""
    slots: int | None = None
    """Requests that it serves at a time; None before Ollama 0.30."""
    kv_types: tuple[str, str] | None = None
    """Of the keys and of the values; None before Ollama 0.30."""
    port: str = ""
    """Where it listens, by which it can be told from earlier ones; empty if not told."""
    gpu_layers: int | None = None
    """Layers that it was told to put on GPUs; None if that was left to it."""
    parent: int = 0
    """The process that started it, which is the server's while that lives."""
    user_id: int = 0
    started: float = 0
    """Seconds since 1970."""
    resident: int = 0
    """Bytes of main memory that it really holds; less than it reserved until all is used."""

    @property
    def user(self) -> str:
        """The name of who runs it, or the number where it has none."""
        try:
            import pwd

            return pwd.getpwuid(self.user_id).pw_name
        except (ImportError, KeyError):
            return str(self.user_id)

    @property
    def folder(self) -> Path | None:
        """The model folder that its weights are in; None if its command does not tell."""
        return Path(self.model).parent.parent if self.digest else None


def runners(proc: Path = PROC) -> tuple[Runner, ...] | None:
    """The runners of this machine, of whatever server; None where no process can be seen.

    It reads a file for each process, so it blocks.
    """
    seen = processes(*_PROGRAMS, proc=proc)
    if seen is None:
        return None
    return tuple(runner for process in seen if (runner := runner_of(process)) is not None)


def runner_of(process: Process) -> Runner | None:
    """What a process serves; None if it is no runner."""
    arguments = process.command[1:]
    model = _value(arguments, "--model", "-m")
    if not model or (process.program == "ollama" and arguments[:1] != ("runner",)):
        return None
    blob = _BLOB.search(model)
    is_told = process.program == "llama-server"
    slots = (_number(arguments, "-np", "--parallel") or 1) if is_told else None
    whole = _number(arguments, "-c", "--ctx-size")
    return Runner(
        process.pid,
        model,
        digest=blob[1] if blob else "",
        context=whole // slots if whole and slots else None,
        slots=slots,
        kv_types=_kv_types(arguments) if is_told else None,
        port=_value(arguments, "--port"),
        gpu_layers=_number(arguments, "-ngl", "--gpu-layers", "--n-gpu-layers"),
        parent=process.parent,
        user_id=process.user_id,
        started=process.started,
        resident=process.resident,
    )


def _kv_types(arguments: Sequence[str]) -> tuple[str, str]:
    keys = _value(arguments, "--cache-type-k", "-ctk")
    values = _value(arguments, "--cache-type-v", "-ctv")
    return keys or _F16, values or _F16


def _number(arguments: Sequence[str], *names: str) -> int | None:
    text = _value(arguments, *names)
    return int(text) if re.fullmatch(r"[0-9]{1,12}", text) else None


def _value(arguments: Sequence[str], *names: str) -> str:
    """What follows one of these arguments; empty where none is there."""
    for at, argument in enumerate(arguments[:-1]):
        if argument in names:
            # Anybody can start a program of that name with anything in its command.
            return clean(arguments[at + 1], 4096)
    return ""
