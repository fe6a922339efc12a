"""Whether a model fits as it would be loaded, with all that is known of that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ollama_tui.core import units
from ollama_tui.core.eviction import Eviction, eviction
from ollama_tui.core.memory.contexts import max_context
from ollama_tui.core.memory.estimate import (
    DEFAULT_CONTEXT,
    Estimate,
    KvType,
    RunnerOptions,
    context_of,
    cuda_bytes,
    estimate,
)
from ollama_tui.core.memory.learned import Taken
from ollama_tui.core.memory.shape import Shape
from ollama_tui.core.memory.verdict import Verdict, spare_of, verdict_on
from ollama_tui.core.models import Model, RunningModel

CLOUD = "it runs in the cloud: it takes no memory here"
NO_CONTEXT = "which context the server gives is not told: {} is taken"
CUT = "it was trained for less: the context is cut to that"
WEIGHTS_ALONE = "only its weights are known: its context comes on top"
_WORTH_TELLING = 2**30 // 20
"""Bytes from which a difference is seen in GiB with one decimal."""
NO_VRAM = "how much video memory is free is not known here"


@dataclass(frozen=True, slots=True)
class Asked:
    """How a model is to be loaded, as far as that was said."""

    context: int | None = None
    """None for what the model or the server says."""
    kv: KvType | None = None
    """None for what the server is set to, which no server tells: it is f16 unless changed."""
    parallel: int | None = None
    """None for what the server is set to: one slot unless changed."""


@dataclass(frozen=True, slots=True)
class Room:
    """The video memory of the server's machine."""

    free: int | None = None
    """Bytes that nobody uses now, on all GPUs together; None if that is not known."""
    gpus: int = 1
    """How many GPUs there are; 0 where there are none."""
    largest: int | None = None
    """Bytes that the largest of them has; None if that is not known."""
    running: tuple[RunningModel, ...] = ()
    """What is loaded now."""
    now: float = 0.0
    """Seconds since 1970."""
    context: int | None = None
    """Tokens that the server gives where nobody says how many; None if that is not known."""
    limit: int = 0
    """How many models the server keeps loaded; 0 if that is not known."""


@dataclass(frozen=True, slots=True)
class Fit:
    """How a model would go into memory."""

    name: str
    options: RunnerOptions
    """As it would be loaded: its context is cut to what it was trained for."""
    estimate: Estimate
    measured: int | None = None
    """Bytes that it took when it was loaded so; None if that was not seen."""
    error: float | None = None
    """How far the estimate was off, as a part of what was measured; None if nothing was."""
    free: int | None = None
    """Bytes that it could use; None if that is not known."""
    max_context: int | None = None
    """The largest usual context that still fits; None if none does, or it is not known."""
    evicts: tuple[str, ...] = ()
    """Loaded models that would have to go for it."""
    freed: int = 0
    """Bytes of video memory that those have."""
    notes: tuple[str, ...] = ()
    """What could not be known, and what was taken instead."""
    is_cloud: bool = False
    correction: int = 0
    """Bytes by which a load with another context differed from its estimate."""
    is_on_gpu: bool = False
    """Whether it is loaded so now, and wholly on the GPUs."""

    @property
    def total(self) -> int | None:
        """Bytes that it takes; None if that is not known."""
        if self.measured is not None or self.estimate.total is None:
            return self.measured
        return max(0, self.estimate.total + self.correction)

    @property
    def source(self) -> str:
        """Where the total is from: `estimate`, or `measured`."""
        return "estimate" if self.measured is None else "measured"

    @property
    def verdict(self) -> Verdict | None:
        """Whether it goes in; None if that is not known, or a cloud model's."""
        if self.is_on_gpu:
            return Verdict.FITS
        return None if self.is_cloud else verdict_on(self.total, self.free)


def cloud_fit(name: str, free: int | None) -> Fit:
    """The fit of a model that runs elsewhere."""
    nothing = Estimate(0, 0, 0, 0, 0)
    options = RunnerOptions(gpus=0)
    return Fit(name, options, nothing, free=free, notes=(CLOUD,), is_cloud=True)


def least_fit(name: str, weights: int, room: Room) -> Fit:
    """The fit of a model of which only the weights are known: it takes at least that much."""
    model = Model(name)
    told, free = Estimate(weights, 0, 0, 0, 0), _free_for(model, room)
    fit = Fit(name, RunnerOptions(), told, free=free, notes=(WEIGHTS_ALONE,))
    return _with_evictions(fit, model, room)


def options_of(shape: Shape, asked: Asked, room: Room) -> tuple[RunnerOptions, tuple[str, ...]]:
    """How a model would be loaded, and what of that is not known."""
    wanted = asked.context or shape.num_ctx
    options = RunnerOptions(
        wanted or room.context or DEFAULT_CONTEXT,
        asked.kv or KvType.F16,
        asked.parallel or 1,
        min(room.gpus, 1),
    )
    context = context_of(shape, options)
    notes = () if wanted or room.context else (NO_CONTEXT.format(context),)
    if wanted and context < wanted:
        notes = (CUT,)
    return replace(options, context=context), notes


def fit_of(model: Model, shape: Shape, asked: Asked, room: Room, taken: Taken | None) -> Fit:
    """Whether a model fits.

    Args:
        model: an installed one, that runs here.
        shape: what of it determines its memory.
        asked: how it is to be loaded.
        room: what there is.
        taken: what such a load took the last time; None if that was not seen.
    """
    options, notes = options_of(shape, asked, room)
    options = replace(options, gpus=_spread_over(shape, options, room))
    if taken is not None and room.free is None:
        # As it was loaded is as it will be.
        options = replace(options, gpus=taken.gpus)
    told, free = estimate(shape, options), _free_for(model, room)
    measured, error = _measured(shape, options, taken)
    correction = _correction(shape, options, taken)
    # The estimate is taken to be off by as much with any other context.
    largest = max_context(shape, options, None if free is None else free - correction)
    if is_on_gpu := _is_on_gpu(model, options, room):
        largest = max(largest or 0, options.context)
    corrected = _corrected(correction) if measured is None and taken is not None else ()
    unknown = () if free is not None else (NO_VRAM,)
    fit = Fit(
        model.name, options, told, measured, error, free, largest,
        notes=(*notes, *shape.notes, *corrected, *unknown),
        correction=correction, is_on_gpu=is_on_gpu,
    )  # fmt: skip
    return _with_evictions(fit, model, room)


def _with_evictions(fit: Fit, model: Model, room: Room) -> Fit:
    going = _evicted(fit, model, room)
    return replace(
        fit,
        evicts=tuple(one.name for one in going),
        freed=sum(one.size_vram for one in going),
    )


def _spread_over(shape: Shape, options: RunnerOptions, room: Room) -> int:
    """Over how many GPUs it goes: over one where it fits on one, else over all of them."""
    total = estimate(shape, options).total
    if room.gpus < 2 or room.largest is None or total is None:
        return options.gpus
    return 1 if total + spare_of(total) <= room.largest else room.gpus


def _measured(
    shape: Shape, options: RunnerOptions, taken: Taken | None
) -> tuple[int | None, float | None]:
    """What a load takes by what was seen, and how far the estimate of it was off."""
    if taken is None or taken.context not in (None, options.context):
        return None, None
    options = _as_taken(options, taken)
    expected = estimate(shape, options).engine
    error = None if expected is None else (expected - taken.size) / taken.size
    # What the driver takes on each GPU is not the engine's to tell.
    return taken.size + cuda_bytes(options.gpus), error


def _correction(shape: Shape, options: RunnerOptions, taken: Taken | None) -> int:
    """Bytes by which what was seen, with whatever context, differed from its estimate."""
    if taken is None:
        return 0
    then = replace(_as_taken(options, taken), context=taken.context or options.context)
    expected = estimate(shape, then).engine
    return 0 if expected is None else taken.size - expected


def _as_taken(options: RunnerOptions, taken: Taken) -> RunnerOptions:
    """With the GPUs over which it was spread then, of which a server tells only whether any."""
    return replace(options, gpus=max(taken.gpus, options.gpus) if taken.gpus else 0)


def _corrected(off: int) -> tuple[str, ...]:
    """What a load with another context has changed of the estimate, where that is seen."""
    if abs(off) < _WORTH_TELLING:
        return ()
    more = "more" if off > 0 else "less"
    return (
        f"another context took {units.memory(abs(off))} {more} than estimated: "
        f"so is this one taken to",
    )


def _is_on_gpu(model: Model, options: RunnerOptions, room: Room) -> bool:
    """Whether it is loaded as it would be, and wholly on the GPUs."""
    mine = [one for one in room.running if one.is_of(model)]
    return any(one.context_length == options.context and one.gpu_share == 1 for one in mine)


def _free_for(model: Model, room: Room) -> int | None:
    """What it can use: where it is loaded, that goes before it is loaded anew."""
    own: Sequence[RunningModel] = [one for one in room.running if one.is_of(model)]
    return None if room.free is None else room.free + sum(one.size_vram for one in own)


def _evicted(fit: Fit, model: Model, room: Room) -> tuple[RunningModel, ...]:
    """The loaded models that would go, in the server's order, until there is room."""
    if any(one.is_of(model) for one in room.running):
        return ()
    found: Eviction = eviction(model, room.running, room.now, limit=room.limit)
    return evicted(found, missing_for(fit.total, fit.free))


def missing_for(total: int | None, free: int | None) -> int:
    """Bytes that so many lack, with what should stay free; 0 if either is not known."""
    return 0 if total is None or free is None else max(0, total + spare_of(total) - free)


def evicted(found: Eviction, missing: int) -> tuple[RunningModel, ...]:
    """Those of what can go that would, until that many bytes of video memory are free."""
    going: list[RunningModel] = []
    for one in found.candidates:
        is_over = found.is_certain and not going
        if missing <= 0 and not is_over:
            break
        if one.size_vram or is_over:
            going.append(one)
            missing -= one.size_vram
    return tuple(going)
