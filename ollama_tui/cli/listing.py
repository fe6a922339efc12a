"""`ls` and `ps`: what is installed and what is loaded."""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from functools import partial

from ollama_tui.cli.beneath import about_memory, fits, occupancies_of
from ollama_tui.cli.exit_codes import ExitCode
from ollama_tui.cli.output import iso, print_json, print_text, say, say_failure, table
from ollama_tui.cli.parts import Parts
from ollama_tui.core import units
from ollama_tui.core.errors import OllamaTuiError, TooOld
from ollama_tui.core.library import Library
from ollama_tui.core.models import Model, RunningModel
from ollama_tui.core.names import name_key
from ollama_tui.core.occupancy import Known, Occupancy, occupancy_of, truly_loaded
from ollama_tui.core.pin_ends import Break
from ollama_tui.core.pins import Look, Pin
from ollama_tui.core.text import in_shell

_Running = tuple[RunningModel, ...]


async def list_models(parts: Parts, options: argparse.Namespace) -> ExitCode:
    """Print the installed models, marked with the current one and those that are loaded."""
    library = await fits(parts).with_contexts(await parts.service.library())
    parts.keep(library)
    running, code = await _running(parts)
    current = name_key(parts.current.read() or "")
    if options.json:
        models = [
            {**_listed(model, running, current), **_about_alias(parts, model)} for model in library
        ]
        print_json({"server": parts.service.url, "models": models})
    elif library:
        rows = [_row(model, running, current) for model in library]
        headings = ("NAME", "", "SIZE", "PARAMS", "QUANT", "CTX", "AGE")
        print_text(table(headings, rows, right=(2, 3, 5, 6)), ascii_only=parts.settings.ascii)
    else:
        say("No models are installed. `ollama-tui pull qwen3:0.6b` fetches a small one.")
    return code


async def list_running(parts: Parts, options: argparse.Namespace) -> ExitCode:
    """Print the loaded models, with what they really take where that can be seen."""
    pins = parts.pins.read()
    reported, known = await occupancies_of(parts).look_twice(partial(_library, parts))
    running = truly_loaded(reported, known)
    now = time.time()
    lost = (await parts.pins.watch(Look(running, now, known=pins))).ended
    if options.json:
        models = [
            {**_loaded(model, now), **about_memory(occupancy_of(model, known))} for model in running
        ]
        lost_pins = [_lost(pin, ended, running) for pin, ended in lost]
        print_json({"server": parts.service.url, "models": models, "lost_pins": lost_pins})
    elif running:
        rows = [_running_row(model, occupancy_of(model, known), now) for model in running]
        headings = ("NAME", "MEMORY", "ON GPU", "CTX", "UNLOADS")
        print_text(table(headings, rows, right=(1, 2, 3)), ascii_only=parts.settings.ascii)
    else:
        say("No model is loaded.")
    for words in told_of(known) if not options.json else ():
        say(words)
    for pin, ended in lost if not options.json else ():
        say(f"{pin.name}: {ended.words}. {_remedy(pin, running)}")
    return ExitCode.DONE


def _lost(pin: Pin, ended: Break, running: _Running) -> dict[str, object]:
    return {
        "name": pin.name,
        "loaded": pin.among(running) is not None,
        "since": iso(ended.since),
        "how": ended.how.value,
        "reason": ended.reason,
    }


def _remedy(pin: Pin, running: _Running) -> str:
    if pin.among(running) is not None:
        return f"`ollama-tui keep {in_shell(pin.name)} forever` pins it again."
    return f"`ollama-tui load {in_shell(pin.name)} --keep-alive forever` brings it back."


async def _running(parts: Parts) -> tuple[_Running | None, ExitCode]:
    """What is loaded, None if that cannot be known; a failure costs no more than the marks."""
    try:
        return await parts.service.running(), ExitCode.DONE
    except TooOld:
        return None, ExitCode.DONE
    except OllamaTuiError as error:
        say_failure(f"What is loaded is unknown. {error}")
        return None, ExitCode.IN_PART


def _is_loaded(model: Model, running: _Running | None) -> bool | None:
    return None if running is None else any(loaded.is_of(model) for loaded in running)


def _row(model: Model, running: _Running | None, current: str) -> tuple[str, ...]:
    star = "★" if name_key(model.name) == current else " "
    dot = "●" if _is_loaded(model, running) else " "
    return (
        model.name,
        f"{star}{dot}",
        units.disk(model.size),
        model.parameter_size or units.UNKNOWN,
        "cloud" if model.is_cloud else model.quantization or units.UNKNOWN,
        units.tokens(model.context_length),
        units.age(model.modified, time.time()),
    )


def _listed(model: Model, running: _Running | None, current: str) -> dict[str, object]:
    return {
        "name": model.name,
        "size_bytes": model.size,
        "parameter_size": model.parameter_size or None,
        "quantization": model.quantization or None,
        "context_length": model.context_length,
        "capabilities": list(model.capabilities),
        "digest": model.digest or None,
        "modified": iso(model.modified),
        "cloud": model.is_cloud,
        "loaded": _is_loaded(model, running),
        "current": name_key(model.name) == current,
    }


def _about_alias(parts: Parts, model: Model) -> dict[str, object]:
    return {"alias": parts.alias.is_alias(model.name)} if parts.alias.name else {}


def told_of(known: Known) -> Iterator[str]:
    """What the server does not tell of its loaded models, a sentence for each."""
    for name, one in known:
        if one.is_gone:
            yield f"{name}: its runner is gone; the next request loads it anew."
        elif one.is_more:
            more = units.memory(one.memory - one.reported)
            yield f"{name}: it takes {more} more than the server says ({one.source.value})."


async def _library(parts: Parts) -> Library:
    try:
        return await parts.service.library()
    except OllamaTuiError:
        return Library()


def _running_row(model: RunningModel, known: Occupancy, now: float) -> tuple[str, ...]:
    until = units.until(model.expires_at, now, is_pinned=model.is_pinned(now))
    return (
        model.name,
        units.memory(known.memory),
        units.share(model.gpu_share),
        units.tokens(model.context_length),
        "gone" if known.is_gone else until,
    )


def _loaded(model: RunningModel, now: float) -> dict[str, object]:
    is_pinned = model.is_pinned(now)
    return {
        "name": model.name,
        "digest": model.digest or None,
        "size_bytes": model.size,
        "size_vram_bytes": model.size_vram,
        "gpu_share": model.gpu_share,
        "context_length": model.context_length,
        "expires_at": None if is_pinned else iso(model.expires_at),
        "pinned": is_pinned,
    }
