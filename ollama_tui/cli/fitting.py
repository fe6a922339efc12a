"""`fit`: whether a model fits into video memory, and up to which context."""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterable
from dataclasses import replace

from ollama_tui.cli.beneath import fits, learn_of
from ollama_tui.cli.exit_codes import ExitCode
from ollama_tui.cli.output import print_json, print_text, table
from ollama_tui.cli.parts import Parts
from ollama_tui.core import units
from ollama_tui.core.daemon import in_daemon
from ollama_tui.core.errors import InvalidInput, OllamaTuiError
from ollama_tui.core.memory.consequence import consequence, goes
from ollama_tui.core.memory.estimate import KvType, server_context
from ollama_tui.core.memory.fit import Asked, Fit, Room, least_fit
from ollama_tui.core.memory.shares import shares
from ollama_tui.core.memory.verdict import Verdict
from ollama_tui.core.models import RunningModel
from ollama_tui.core.names import parse_name, understand
from ollama_tui.core.text import as_sentence
from ollama_tui.core.versions import has_own_engine

_PATIENCE = 5.0
"""Seconds for the driver's answer."""
_GLANCE = 1.5
"""Seconds for it where a download waits."""


async def fit_model(parts: Parts, options: argparse.Namespace) -> ExitCode:
    """Print how much memory a model would take, and whether that is free."""
    asked, given = _asked(options), _given(options)
    model = (await parts.service.library()).installed(understand(options.name))
    room = await _room(parts, given)
    # Whoever loaded it.
    await learn_of(parts, model, room.running)
    if given is not None:
        # What is said to be free is free: nothing is added for the model where it is loaded.
        room = replace(room, running=tuple(one for one in room.running if not one.is_of(model)))
    fit = await fits(parts).fit(model, asked, room)
    if options.json:
        print_json(_told(fit))
    else:
        print_text(_text(fit), ascii_only=parts.settings.ascii)
    is_fitting = fit.verdict is Verdict.FITS if options.check else fit.total is not None
    return ExitCode.DONE if is_fitting else ExitCode.IN_PART


async def memory_ahead(parts: Parts, name: str, weights: int | None) -> str:
    """How the weights of a model that is not here would go into memory; empty if unknown."""
    if weights is None:
        return ""
    room = await _vram(parts, _GLANCE)
    if room.free is None:
        return ""
    shown = str(parse_name(name))
    room = replace(room, running=await _running(parts), now=time.time())
    fit = least_fit(shown, weights, replace(room, limit=parts.settings.max_loaded_models))
    words = consequence(fit) or f"{units.memory(fit.free)} free"
    return f"at least {units.memory(fit.total)} of memory, its context on top; {words}"


def _asked(options: argparse.Namespace) -> Asked:
    for value, what in ((options.ctx, "tokens are no context"), (options.parallel, "are no slots")):
        if value is not None and value < 1:
            raise InvalidInput(f"{value} {what}", "Write a whole number above 0.")
    kv = None if options.kv is None else KvType(options.kv)
    return Asked(options.ctx, kv, options.parallel)


def _given(options: argparse.Namespace) -> Room | None:
    """The video memory that is given; None if none is."""
    if options.vram is None:
        return None
    if not 0 < options.vram < 2**20:
        given = f"{options.vram:g} GiB of video memory cannot be"
        raise InvalidInput(given, "Write a number above 0, such as 24.")
    return Room(int(options.vram * 2**30))


async def _vram(parts: Parts, patience: float = _PATIENCE) -> Room:
    """What is free on the GPUs of the server's machine, as far as they can be read."""
    from ollama_tui.core.gpus.reader import GpuReader

    if parts.machine.gpus is None:
        return Room()
    reading = await GpuReader(parts.machine.gpus).read(patience)
    if reading is None or reading.free is None:
        return Room(gpus=0 if reading is not None and reading.is_empty else 1)
    largest = max((gpu.total or 0 for gpu in reading.gpus), default=None)
    context = server_context(reading.total) if reading.total else None
    return Room(reading.free, len(reading.gpus), largest, context=context)


async def _room(parts: Parts, given: Room | None) -> Room:
    """What there is, or what is given, and how the server loads a model unasked."""
    start = await in_daemon(parts.machine.log.read)
    room = given or await _vram(parts)
    # What it gives by the memory of its own GPUs is another thing on others.
    context = start.context if given is None else start.set_context
    return replace(
        room,
        running=await _running(parts),
        now=time.time(),
        context=context or room.context,
        kv=KvType.named(start.kv_type),
        slots=start.slots,
        is_old=has_own_engine(await _version(parts)),
        limit=parts.settings.max_loaded_models,
    )


async def _running(parts: Parts) -> tuple[RunningModel, ...]:
    try:
        return await parts.service.running()
    except OllamaTuiError:
        # It only tells what would have to go.
        return ()


async def _version(parts: Parts) -> str:
    try:
        return await parts.service.version()
    except OllamaTuiError:
        return ""


def _told(fit: Fit) -> dict[str, object]:
    told = fit.estimate
    return {
        "model": fit.name,
        "ctx": fit.options.context,
        "kv": fit.options.kv.value,
        "parallel": fit.options.parallel,
        "weights_bytes": told.weights,
        "kv_bytes": told.kv,
        "recurrent_bytes": told.recurrent,
        "compute_bytes": told.compute,
        "overhead_bytes": told.overhead,
        "total_bytes": fit.total,
        "source": fit.source,
        "vram_bytes": fit.free,
        "verdict": None if fit.verdict is None else fit.verdict.value,
        "max_ctx": fit.max_context,
        "evicts": fit.evicts,
        "notes": fit.notes,
    }


def _text(fit: Fit) -> str:
    if fit.is_cloud:
        return "\n".join((fit.name, *_sentences(fit.notes)))
    told, options = fit.estimate, fit.options
    slots = f" for each of {options.parallel} slots" if options.parallel > 1 else ""
    sizes = (told.weights or 0, told.kv, told.recurrent, told.compute, told.overhead)
    total = (fit.total,) if fit.total is not None else ()
    whole = max(*total, sum(sizes), 0)
    weights, kv, recurrent, compute, overhead = shares(sizes, whole)
    rows = [
        ("total", *(shares(total, whole) or (units.UNKNOWN,)), _source(fit, whole)),
        ("weights", units.UNKNOWN if told.weights is None else weights, ""),
        ("context", kv, f"{options.context} tokens{slots}, {options.kv.value}"),
        *([("recurrent", recurrent, "")] if told.recurrent else []),
        ("compute", compute, "the least certain of it"),
        ("overhead", overhead, ""),
        ("free", units.memory(fit.free), _largest(fit)),
    ]
    verdict = fit.verdict.value if fit.verdict else units.UNKNOWN
    lines = [table((fit.name, verdict, ""), rows, right=(1,))]
    if fit.evicts:
        lines.append(f"{', '.join(fit.evicts)} {goes(fit)} for it.")
    return "\n".join((*lines, *_sentences(fit.notes)))


def _sentences(notes: Iterable[str]) -> list[str]:
    return [f"{as_sentence(note)}." for note in notes]


def _source(fit: Fit, whole: int) -> str:
    if fit.measured is None:
        return "estimate"
    if fit.error is None or fit.estimate.total is None:
        return "seen when it was loaded"
    if not (off := units.deviation(fit.error)):
        return "seen when it was loaded, as it was estimated"
    # What the parts add up to.
    (sum_of_parts,) = shares((fit.estimate.total,), whole)
    return f"seen when it was loaded, the estimate was {sum_of_parts}, {off} off"


def _largest(fit: Fit) -> str:
    if fit.free is None:
        return ""
    if fit.max_context is None:
        return "no context fits"
    return f"up to {fit.max_context} tokens fit"
