"""`why`: why models are on the CPU, and what to do about it."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from ollama_tui.cli.beneath import fits, occupancies_of
from ollama_tui.cli.exit_codes import ExitCode
from ollama_tui.cli.output import print_json, print_text, say
from ollama_tui.cli.parts import Parts
from ollama_tui.core import units
from ollama_tui.core.driver_view import driver_view
from ollama_tui.core.errors import NoSuchModel, OllamaTuiError
from ollama_tui.core.gpus.reader import GpuReader
from ollama_tui.core.library import Library
from ollama_tui.core.loaded import loaded_as
from ollama_tui.core.models import RunningModel
from ollama_tui.core.names import understand
from ollama_tui.core.occupancy import Known, occupancy_of, truly_loaded
from ollama_tui.core.text import as_sentence, clean, in_shell
from ollama_tui.core.why import Cause, Gpus, Why
from ollama_tui.core.witness import Witness

_PATIENCE = 4.0
"""Seconds that a driver has to answer."""
_KEYS = {
    "model.unload": "unload",
    "model.load": "load",
    "model.context": "load",
    "model.edit": "edit",
}
"""The command of each act that is a remedy."""


async def explain(parts: Parts, options: argparse.Namespace) -> ExitCode:
    """Print why a loaded model, or each that is, is on the CPU."""
    library = await _library(parts)
    reported, known = await occupancies_of(parts).look_twice(lambda: _library(parts))
    running = meant = truly_loaded(reported, known)
    if options.name is not None:
        meant = (_meant(options.name, running, library),)
    witness = Witness(
        parts.service, parts.machine.log, None if parts.settings.demo else fits(parts)
    )
    gpus = await _gpus(parts) if running else None
    found = dict(await witness.whys(running, library, known, gpus=gpus))
    if options.json:
        models = [_as_json(model, known, found.get(model.name, ())) for model in meant]
        print_json({"server": parts.service.url, "models": models})
    elif not meant:
        say("No model is loaded.")
    else:
        for model in meant:
            print_text("\n".join(_told(model, known, found.get(model.name, ()))),
                       ascii_only=parts.settings.ascii)  # fmt: skip
    return ExitCode.DONE


async def _gpus(parts: Parts) -> Gpus | None:
    if parts.machine.gpus is None:
        return None
    return driver_view(await GpuReader(parts.machine.gpus).read(_PATIENCE))


async def _library(parts: Parts) -> Library:
    try:
        return await parts.service.library()
    except OllamaTuiError:
        return Library()


def _meant(name: str, running: tuple[RunningModel, ...], library: Library) -> RunningModel:
    wanted = understand(name)
    if one := loaded_as(wanted, running, library):
        return one
    raise NoSuchModel(f"no model {clean(wanted, 100)} is loaded", "`ollama-tui ps` lists them.")


def _told(model: RunningModel, known: Known, found: tuple[Why, ...]) -> Iterator[str]:
    if occupancy_of(model, known).is_gone:
        yield f"{model.name}: its runner is gone; the next request loads it anew."
    elif not model.is_spilled:
        yield f"{model.name}: it is all on GPUs."
    else:
        part = "all of it runs" if model.gpu_share == 0 else _part(model)
        yield f"{model.name}: {part} on the CPU."
    for why in found:
        # Who holds memory is named at the beginning, as it is written.
        words = why.words if why.cause is Cause.HELD else as_sentence(why.words)
        yield f"  {words}. {why.remedy}.{_command(why)}"


def _part(model: RunningModel) -> str:
    return f"{units.memory(model.cpu_bytes)} of {units.memory(model.size)} are"


def _command(why: Why) -> str:
    name = _KEYS.get(why.act)
    context = f" --ctx {why.context}" if why.context else ""
    return f" `ollama-tui {name} {in_shell(why.subject)}{context}`" if name else ""


def _as_json(model: RunningModel, known: Known, found: tuple[Why, ...]) -> dict[str, object]:
    one = occupancy_of(model, known)
    return {
        "name": model.name,
        "gpu_share": model.gpu_share,
        "cpu_bytes": model.cpu_bytes,
        "runner": one.state.value if one.state else None,
        "causes": [_cause(why) for why in found],
    }


def _cause(why: Why) -> dict[str, object]:
    return {
        "cause": why.cause.value,
        "words": why.words,
        "remedy": why.remedy,
        "command": _KEYS.get(why.act),
        "model": why.subject or None,
        "ctx": why.context,
    }
